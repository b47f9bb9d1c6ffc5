"""The Java virtual machine that jobs share keeps nothing of file systems that are gone."""

import time

import pytest
from lake_local.cloud.glue.jvm import Jvm
from lake_local.config import default_cache_dir

FILE_SYSTEMS = 300


@pytest.fixture
def machine(tmp_path):
    shared = Jvm(tmp_path, default_cache_dir())
    yield shared.ensure()
    shared.close()


def used_megabytes(jvm):
    runtime = jvm.java.lang.Runtime.getRuntime()
    jvm.java.lang.System.gc()
    jvm.java.lang.System.runFinalization()  # closes S3's clients, which are garbage only after that
    jvm.java.lang.System.gc()
    return (runtime.totalMemory() - runtime.freeMemory()) / 1e6


def test_file_systems_that_are_gone_take_no_memory(machine):
    jvm, settings = machine.control.jvm, machine.context.hadoopConfiguration()
    for name, value in {"access.key": "none", "secret.key": "none", "session.token": "none", "endpoint": "http://127.0.0.1:1"}.items():
        settings.set(f"fs.s3a.{name}", value)
    path = jvm.org.apache.hadoop.fs.Path("s3a://bucket/key")
    for _ in range(20):
        path.getFileSystem(settings)
    before = used_megabytes(jvm)
    for _ in range(FILE_SYSTEMS):
        path.getFileSystem(settings)
    allowed = before + 0.05 * FILE_SYSTEMS  # it was 0.14 MB each
    deadline = time.monotonic() + 60
    while (used := used_megabytes(jvm)) > allowed and time.monotonic() < deadline:
        time.sleep(1)  # finalizers run beside others
    assert used < allowed
