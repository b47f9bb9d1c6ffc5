"""Running a job: its script as a process of its own, under the job's role, in the shared Java virtual machine."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from . import arguments, job_events
from . import connections as glue_connection
from .engine import Engine
from .jvm import Gateway
from .logs import LogShipper, job_destinations
from .records import Document, Job, JobRun
from .state import keep_latest, now

logger = logging.getLogger("lake.glue")

SECONDS_A_MINUTE = 60
_HERE = Path(__file__).parent
# At most this many jobs run at once; further runs wait in STARTING.
_slots = threading.BoundedSemaphore(6)


def start(engine: Engine, job: Job, run: JobRun) -> None:
    execution = Execution(engine, job, run)
    engine.executions[run["Id"]] = execution
    engine.start_thread(f"job {run['JobName']}", execution.run_to_end)


def stop(engine: Engine, identifier: str) -> None:
    if execution := engine.executions.get(identifier):
        execution.stop()


class Failed(Exception):
    """Ends a run with a message of our own."""


class Execution:
    def __init__(self, engine: Engine, job: Job, run: JobRun) -> None:
        self.engine = engine
        self.job = job
        self.run = run
        self.folder = engine.folder / "runs" / run["Id"]
        self.arguments = arguments.resolve(job, run)
        self.stopped = threading.Event()
        self.timed_out = False
        self.process: subprocess.Popen[bytes] | None = None
        self.gateway: Gateway | None = None
        self._killing = threading.Lock()

    # -- from outside -------------------------------------------------------------------------------------------------------------
    def stop(self) -> None:
        """End it, and return at once."""
        self.stopped.set()
        self.engine.start_thread("stop", self.kill)

    def kill(self) -> None:
        with self._killing:
            process = self.process
            if process is None or process.poll() is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            if self.gateway:
                self.gateway.cancel(self.run["Id"])
            try:
                process.wait(0.2 if self.engine.closing else 3)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    # -- the run --------------------------------------------------------------------------------------------------------------------
    def run_to_end(self) -> None:
        state, message = "FAILED", ""
        began = now()
        try:
            with _slots:
                if not self.stopped.is_set():
                    began, message = self._execute()
            state = "STOPPED" if self.stopped.is_set() else "TIMEOUT" if self.timed_out else "FAILED" if message else "SUCCEEDED"
        except Failed as error:
            message = str(error)
            state = "STOPPED" if self.stopped.is_set() else "FAILED"
        except Exception as error:
            logger.exception("run %s of job %s", self.run["Id"], self.run["JobName"])
            message = f"{type(error).__name__}: {error}"
            state = "STOPPED" if self.stopped.is_set() else "FAILED"
        finally:
            self.engine.executions.pop(self.run["Id"], None)
            shutil.rmtree(self.folder, ignore_errors=True)
        if not self.engine.closing:
            self._finish(state, message, began)

    def _execute(self) -> tuple[float, str]:
        role = self.job["Role"]
        try:
            credentials = self.engine.credentials(role, f"GlueJobRunnerSession-{self.run['Id'][-8:]}", ("job", self.run["JobName"]))
        except Exception as error:
            raise Failed(f"Role {self.engine.role_arn(role)} should be given assume role permissions for Glue Service: {error}") from error
        self._check_connections()
        script, python_path = self._fetch_code(credentials)
        spark = self.job["Command"]["Name"] == "glueetl"
        shipper = LogShipper(lambda: self.engine.client("logs", credentials), job_destinations(self.job, self.run, self.arguments))
        with contextlib.ExitStack() as stack:
            gateway = stack.enter_context(self.engine.jvm.use()) if spark else None
            self.gateway = gateway
            self._write_run(script, python_path, credentials, gateway)
            with self.engine.state.change() as data:
                if (run := self._stored(data)) and run["JobRunState"] == "STARTING":
                    run.update({"JobRunState": "RUNNING", "LastModifiedOn": now()})
            began = now()
            try:
                message = self._supervise(self._environment(credentials, python_path), shipper)
            finally:
                if gateway:
                    gateway.cancel(self.run["Id"])
            if message and gateway and not gateway.alive:
                message = "Spark's Java virtual machine ended during the run (out of memory, or killed); the next run gets a new one"
        if message:
            shipper.put("error", f"{message}\n")
        shipper.close()
        self._keep_bookmark()
        return began, message

    def _check_connections(self) -> None:
        if name := glue_connection.missing(self.job):
            raise Failed(f"Connection {name} not found: the job names it in Connections")
        if groups := glue_connection.closed_groups(self.job):
            raise Failed(
                f"At least one security group must open all ingress ports: give {' or '.join(groups)} "
                "a rule that lets itself in on all TCP ports"
            )

    def _supervise(self, environment: dict[str, str], shipper: LogShipper) -> str:
        """Start the process and wait for its end; return an error message, or '' on success."""
        with self._killing:
            if self.stopped.is_set():
                return "stopped"
            process = self.process = subprocess.Popen(
                [sys.executable, "-B", str(_HERE / "job_main.py"), str(self.folder)],
                env=environment,
                cwd=self.folder / "script",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        assert process.stdin and process.stdout and process.stderr
        readers = [shipper.follow("output", process.stdout), shipper.follow("stderr", process.stderr)]
        timer = threading.Timer(self.run["Timeout"] * SECONDS_A_MINUTE, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            code = process.wait()
        finally:
            timer.cancel()
            # What a script started and left behind ends with it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.stdin.close()
        for reader in readers:
            reader.join(5)
        if code == 0:
            return ""
        if self.timed_out:
            return f"the run did not end within its timeout of {self.run['Timeout']} minutes"
        error = self.folder / "error.json"
        if error.exists():
            return str(json.loads(error.read_text(encoding="utf-8"))["message"])[:4000]
        return f"Command failed with exit code {code if code > 0 else 128 - code}"

    def _time_out(self) -> None:
        self.timed_out = True
        self.kill()

    def _finish(self, state: str, message: str, began: float) -> None:
        retry = None
        with self.engine.state.change() as data:
            run = self._stored(data)
            if run is None:
                return
            elapsed = max(0, round(now() - began))
            run.update({"JobRunState": state, "CompletedOn": now(), "LastModifiedOn": now(), "ExecutionTime": elapsed})
            if message and state != "STOPPED":
                run["ErrorMessage"] = message
            if state == "FAILED" and run["Attempt"] < self.job.get("MaxRetries", 0):
                retry = self._next_attempt(data, run)
            ended = run.copy()
        job_events.tell(ended)
        if retry:
            start(self.engine, self.job, retry)
        else:
            self.engine.ended(ended)

    def _next_attempt(self, data: Document, run: JobRun) -> JobRun:
        attempt = run["Attempt"] + 1
        retry: JobRun = {
            **run,
            "Id": f"{run['Id'].split('_attempt_')[0]}_attempt_{attempt}",
            "Attempt": attempt,
            "PreviousRunId": run["Id"],
            "JobRunState": "STARTING",
            "StartedOn": now(),
            "LastModifiedOn": now(),
            "ExecutionTime": 0,
        }
        retry.pop("CompletedOn", None)
        retry.pop("ErrorMessage", None)
        data["job_runs"][run["JobName"]].append(retry)
        keep_latest(data["job_runs"][run["JobName"]], lambda item: item is not retry and "CompletedOn" in item)
        return retry.copy()

    def _stored(self, data: Document) -> JobRun | None:
        runs = data["job_runs"].get(self.run["JobName"], [])
        return next((run for run in runs if run["Id"] == self.run["Id"]), None)

    # -- what the process gets ------------------------------------------------------------------------------------------------------
    def _fetch_code(self, credentials: Any) -> tuple[Path, list[str]]:
        """Fetch the script and its modules with the role's own rights."""
        folder = self.folder / "script"
        folder.mkdir(parents=True)
        s3 = self.engine.client("s3", credentials)

        def fetch(location: str, into: Path) -> Path:
            bucket, _, key = location.removeprefix("s3://").partition("/")
            into.mkdir(parents=True, exist_ok=True)
            target = into / Path(key).name
            try:
                with target.open("wb") as file:
                    s3.download_fileobj(bucket, key, file)
            except Exception as error:
                what = "s3:GetObject was denied" if "403" in str(error) or "AccessDenied" in str(error) else "not readable"
                raise Failed(f"LAUNCH ERROR | {what}: {location}: {error}") from error
            return target

        script = fetch(self.arguments.get("--scriptLocation") or self.job["Command"]["ScriptLocation"], folder)
        python_path = []
        for number, location in enumerate(arguments.listed(self.arguments, "--extra-py-files")):
            module = fetch(location, self.folder / "modules" / str(number))
            python_path.append(str(module.parent if module.suffix == ".py" else module))
        for location in arguments.listed(self.arguments, "--extra-files"):
            fetch(location, folder)
        return script, python_path

    def _write_run(self, script: Path, python_path: list[str], credentials: Any, gateway: Gateway | None) -> None:
        option = self.arguments.get("--job-bookmark-option", "job-bookmark-disable")
        entry = self.engine.bookmarks.read("jobs", {}).get(self.run["JobName"], {})
        document = {
            "run_id": self.run["Id"],
            "job_name": self.run["JobName"],
            "script": str(script),
            "python_path": python_path,
            "arguments": arguments.command_line(self.job, self.run, self.arguments),
            "bookmark_option": option,
            "bookmark": entry.get("JobBookmark", {}) if option != "job-bookmark-disable" else {},
            "spark": gateway
            and {
                "environment": gateway.environment(),
                "options": {
                    **arguments.s3_settings(self.engine.config.endpoint, credentials, self.folder),
                    **arguments.spark_conf(self.arguments),
                },
                "worker_environment": {**self._identity(credentials), "PYTHONPATH": self._python_path(python_path), "TZ": "UTC"},
            },
        }
        path = self.folder / "run.json"
        path.touch(0o600)
        path.write_text(json.dumps(document), encoding="utf-8")

    def _python_path(self, python_path: list[str]) -> str:
        return os.pathsep.join([*python_path, str(_HERE / "shim")])

    def _identity(self, credentials: Any) -> dict[str, str]:
        config = self.engine.config
        return {
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.token or "",
            "AWS_ENDPOINT_URL": config.endpoint,
            "AWS_REGION": config.region,
            "AWS_DEFAULT_REGION": config.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _environment(self, credentials: Any, python_path: list[str]) -> dict[str, str]:
        """Return the environment of the process: of the server's own only what any program needs, and none of its keys."""
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        kept = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ
        }
        return {
            **kept,
            **self._identity(credentials),
            "PYTHONPATH": self._python_path(python_path),
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "TZ": "UTC",
            "TMPDIR": str(temporary),
            "LAKE_JOB_RUN": str(self.folder),
            "GLUE_VERSION": str(self.job.get("GlueVersion", "")),
            "GLUE_PYTHON_VERSION": str(self.job["Command"].get("PythonVersion", "3")),
        }

    def _keep_bookmark(self) -> None:
        """Keep what the script's `job.commit()` handed over, even if the script failed after it."""
        path = self.folder / "bookmark.json"
        if not path.exists():
            return
        name, known = self.run["JobName"], json.loads(path.read_text(encoding="utf-8"))
        with self.engine.bookmarks.change() as bookmarks:
            before = bookmarks["jobs"].get(name, {})
            bookmarks["jobs"][name] = {
                "JobName": name,
                "Version": before.get("Version", 0) + 1,
                "Run": before.get("Run", 0) + 1,
                "Attempt": self.run["Attempt"],
                "PreviousRunId": before.get("RunId", ""),
                "RunId": self.run["Id"],
                "JobBookmark": known,
            }
