"""What a job's process runs: joins the shared Spark context, then the script, as if it were alone on a cluster.

Run by path, with the folder of the run as its argument; imports nothing of the lake, so that a script finds only what it finds on AWS.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What S3A was doing → the rights that it takes.
_RIGHTS = (
    (r"getFileStatus", "s3:GetObject and s3:ListBucket"),
    (r"copyFile|rename", "s3:GetObject, s3:PutObject and s3:DeleteObject"),
    (r"PUT|[Ww]rit|[Uu]pload|MultiPart", "s3:PutObject"),
    (r"[Dd]elete", "s3:DeleteObject"),
    (r"[Ll]ist", "s3:ListBucket"),
    (r"open|read|GET", "s3:GetObject"),
)


def main(folder: Path) -> int:
    _end_with_parent()
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    sys.path[0:1] = [str(folder / "script"), *run["python_path"]]
    sys.argv = [run["script"], *run["arguments"]]
    if run["spark"]:
        _join_shared_context(run)
    try:
        runpy.run_path(run["script"], run_name="__main__")
    except SystemExit as end:
        if end.code in (None, 0):
            return 0
        return _failed(folder, f"SystemExit: {end.code}")
    except BaseException as error:
        _print_traceback(error)
        return _failed(folder, _describe(error))
    finally:
        _leave()
    return 0


def _failed(folder: Path, message: str) -> int:
    (folder / "error.json").write_text(json.dumps({"message": message}), encoding="utf-8")
    return 1


def _print_traceback(error: BaseException) -> None:
    """From the script's own frame on: what is above is ours."""
    trace = error.__traceback__
    while trace and trace.tb_next and Path(trace.tb_frame.f_code.co_filename).name in ("job_main.py", "<frozen runpy>", "runpy.py"):
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)


def _describe(error: BaseException) -> str:
    """One line that says what happened; of a Java exception, its innermost cause too, where S3 says what was refused."""
    text = str(error)
    java = getattr(error, "java_exception", None)
    if java is not None:
        try:
            outer = cause = java
            for _ in range(20):
                inner = cause.getCause()
                if inner is None or inner.equals(cause):
                    break
                if "AccessDenied" in inner.getClass().getName() and outer is java:
                    outer = inner
                cause = inner
            text = f"{outer.getClass().getSimpleName()}: {outer.getMessage()}"
            root = f"{cause.getMessage()}"
            if root not in text:
                text += f" (caused by {cause.getClass().getSimpleName()}: {root})"
        except Exception:
            text = str(error).split("\n", 2)[1 if str(error).startswith("An error occurred") and "\n" in str(error) else 0]
    if _is_lost_machine(error):
        return "Spark's Java virtual machine ended during the run (out of memory, or killed)"
    lines = [_tidy(line) for line in text.strip().splitlines() if line.strip()]
    name = type(error).__name__
    return f"{name}: {' '.join(lines[:4])}" if lines else name


def _tidy(line: str) -> str:
    """Without request numbers; and, where S3 refused something, with the rights that it takes (S3A names its own operation only)."""
    line = re.sub(r"[;,:]? ?\(?(?:S3 Extended )?Request ID: [^;)\s]*|; Proxy: null|:403 Forbidden$", "", line)
    if "403" in line or "AccessDenied" in line:
        for operation, rights in _RIGHTS:
            if re.search(operation, line):
                return f"{line} (not authorized: needs {rights})"
    return line


def _is_lost_machine(error: BaseException) -> bool:
    return (
        type(error).__name__ in ("Py4JNetworkError", "ConnectionRefusedError", "Py4JError")
        and getattr(error, "java_exception", None) is None
        and any(
            word in str(error)
            for word in (
                "Answer from Java side is empty",
                "Connection refused",
                "while receiving",
                "while sending",
                "does not exist in the JVM",
            )
        )
    )


def _end_with_parent() -> None:
    """The engine holds the other end of our standard input: when it goes, so do we."""
    pipe = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)

    def watch() -> None:
        while os.read(pipe, 1024):
            pass
        os._exit(143)

    threading.Thread(target=watch, name="parent", daemon=True).start()


# -- Spark ------------------------------------------------------------------------------------------------------------------------


def _join_shared_context(run: dict[str, Any]) -> None:
    """`SparkContext()`, `SparkContext.getOrCreate()`, `SparkSession.builder` and `GlueContext` all get the shared context, and a session of
    catalog, temporary views, cache and credentials of its own. Stopping it stops nothing of others."""
    import pyspark
    from pyspark.sql import SparkSession

    os.environ.update(run["spark"]["environment"])
    options = run["spark"]["options"]
    group = run["run_id"]
    original_init = SparkSession.__init__
    own: dict[str, Any] = {}

    def initialize_context(self: Any, jconf: Any) -> Any:
        jvm = self._jvm
        context = jvm.JavaSparkContext(jvm.org.apache.spark.SparkContext.getOrCreate(jconf))
        context.setJobGroup(group, run["job_name"], True)
        context.addJobTag(group)
        context.setLocalProperty("spark.scheduler.pool", group)
        # Python functions run in worker processes: with the same modules, and the same role.
        self.environment.update(run["spark"]["worker_environment"])
        return context

    def initialize_session(self: Any, sparkContext: Any, jsparkSession: Any = None, options: dict[str, Any] | None = None) -> None:
        asked = dict(options or {})
        if jsparkSession is None:
            jsparkSession = own.get("session")
        if jsparkSession is None:
            jsparkSession = _own_session(sparkContext, {**run["spark"]["options"], **asked})
            own["session"] = jsparkSession
        # Set first, so that the original does not make it the default session of the whole machine.
        if SparkSession._instantiatedSession is None or SparkSession._instantiatedSession._sc._jsc is None:
            SparkSession._instantiatedSession = self
            SparkSession._activeSession = self
        self._sc = sparkContext
        original_init(self, sparkContext, jsparkSession, asked)
        sparkContext._jvm.SparkSession.setActiveSession(jsparkSession)

    def stop_context(self: Any) -> None:
        if getattr(self, "_jsc", None) is not None:
            try:
                self._jsc.cancelJobGroup(group)
            finally:
                self._jsc = None
        if getattr(self, "_accumulatorServer", None):
            self._accumulatorServer.shutdown()
            self._accumulatorServer = None
        with pyspark.SparkContext._lock:
            pyspark.SparkContext._active_spark_context = None

    def stop_session(self: Any) -> None:
        self._sc.stop()
        self._jvm.SparkSession.clearActiveSession()
        SparkSession._instantiatedSession = None
        SparkSession._activeSession = None

    def text_file(self: Any, name: str, minPartitions: int | None = None, use_unicode: bool = True) -> Any:
        if not str(name).startswith(("s3:", "s3a:")):
            return original_text_file(self, name, minPartitions, use_unicode)
        # RDDs read with the context's settings, where no credentials are: hand ours over.
        settings = {key: value for key, value in options.items() if key.startswith("fs.")}
        lines = self.newAPIHadoopFile(
            name,
            "org.apache.hadoop.mapreduce.lib.input.TextInputFormat",
            "org.apache.hadoop.io.LongWritable",
            "org.apache.hadoop.io.Text",
            conf=settings,
        )
        return lines.map(lambda pair: pair[1])

    original_text_file = pyspark.SparkContext.textFile
    _replace(pyspark.SparkContext, {"_initialize_context": initialize_context, "stop": stop_context, "textFile": text_file})
    _replace(SparkSession, {"__init__": initialize_session, "stop": stop_session})
    _own.update(own=own)


_own: dict[str, Any] = {}


def _replace(owner: type, methods: dict[str, Callable[..., Any]]) -> None:
    for name, method in methods.items():
        setattr(owner, name, method)


def _own_session(context: Any, options: dict[str, Any]) -> Any:
    """Not `newSession()`: that would share cached data, global views and the table catalog with other roles' jobs."""
    java = context._jvm.java.util.HashMap()
    for name, value in options.items():
        java[name] = str(value)
    return context._jvm.SparkSession(context._jsc.sc(), java)


def _leave() -> None:
    """Take this job's listener off the shared context: it would be called for every later job."""
    session = _own.get("own", {}).get("session")
    if session is None:
        return
    try:
        session.sharedState().cacheManager().clearCache()
        listener = session.sharedState().statusStore().listener()
        if listener.isDefined():
            session.sparkContext().listenerBus().removeListener(listener.get())
    except Exception:
        return


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
