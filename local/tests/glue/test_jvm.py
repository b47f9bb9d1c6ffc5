"""The Java virtual machine that jobs share: when it starts and ends, and that it keeps nothing of file systems that are gone."""

import signal
import subprocess
import threading
import time

import pytest
from lake_local.cloud.glue.jvm import Jvm, JvmError
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
    deadline = time.monotonic() + 120
    while (used := used_megabytes(jvm)) > allowed and time.monotonic() < deadline:
        time.sleep(1)  # finalizers run beside others
    assert used < allowed


@pytest.mark.parametrize(("value", "starts"), [(None, True), ("1", True), ("0", False)])
def test_it_starts_ahead_of_the_first_job_unless_told_otherwise(tmp_path, monkeypatch, value, starts):
    monkeypatch.delenv("LAKE_PREWARM_SPARK", raising=False)
    if value:
        monkeypatch.setenv("LAKE_PREWARM_SPARK", value)
    asked = threading.Event()

    def ensure():
        asked.set()
        raise JvmError("this test starts none")

    shared = Jvm(tmp_path, default_cache_dir())
    monkeypatch.setattr(shared, "ensure", ensure)
    shared.prewarm()
    assert asked.wait(60 if starts else 0.2) is starts


def test_a_lake_that_stops_ends_the_machine_that_is_starting(tmp_path, monkeypatch):
    started = []
    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **options: started.append(real(*args, **options)) or started[-1])
    shared = Jvm(tmp_path, default_cache_dir())
    failures = []

    def start():
        try:
            shared.ensure()
        except JvmError as error:
            failures.append(error)

    starting = threading.Thread(target=start)
    starting.start()
    deadline = time.monotonic() + 120
    while not (machines := [process for process in started if "PythonGatewayServer" in process.args[-1]]) and time.monotonic() < deadline:
        time.sleep(0.01)
    shared.close()
    starting.join(120)
    assert failures and [process.wait(60) for process in machines] == [-signal.SIGKILL]
