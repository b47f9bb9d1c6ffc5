"""A run's arguments: the job's defaults, the run's own, those that may not be overridden; and what they mean to Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .records import Job, JobRun


def resolve(job: Job, run: JobRun) -> dict[str, str]:
    merged = {**(job.get("DefaultArguments") or {}), **(run.get("Arguments") or {}), **(job.get("NonOverridableArguments") or {})}
    return {key: str(value) for key, value in merged.items()}


def command_line(job: Job, run: JobRun, resolved: dict[str, str]) -> list[str]:
    """Return what the script finds in `sys.argv`."""
    own = {"--JOB_NAME": run["JobName"], "--JOB_ID": f"j_{run['Id'].removeprefix('jr_')}", "--JOB_RUN_ID": run["Id"]}
    if job["Command"]["Name"] == "glueetl":
        own.setdefault("--TempDir", resolved.get("--TempDir", ""))
    words: list[str] = []
    for key, value in {**{key: value for key, value in own.items() if value}, **resolved}.items():
        words += [key, value] if value != "" else [key, ""]
    return words


def listed(resolved: dict[str, str], name: str) -> list[str]:
    """Return the parts of a comma-separated argument."""
    return [item.strip() for item in resolved.get(name, "").split(",") if item.strip()]


def spark_conf(resolved: dict[str, str]) -> dict[str, str]:
    """Return the settings of `--conf`, which holds several as `a=1 --conf b=2`. Leave out those of a cluster: there is none here."""
    settings = {}
    for item in resolved.get("--conf", "").split("--conf"):
        name, equals, value = item.strip().partition("=")
        if equals and name.startswith("spark.sql."):
            settings[name.strip()] = value.strip()
        elif equals and name.startswith("spark.hadoop."):
            settings[name.strip().removeprefix("spark.hadoop.")] = value.strip()
    return settings


def s3_settings(endpoint: str, credentials: Any, folder: Path) -> dict[str, str]:
    """Return the settings with which one job's Spark session reaches S3: as its role, through file systems that no other session gets."""
    settings = {
        "fs.s3a.endpoint": endpoint,
        "fs.s3a.connection.ssl.enabled": "false",
        "fs.s3a.path.style.access": "true",
        "fs.s3a.access.key": credentials.access_key,
        "fs.s3a.secret.key": credentials.secret_key,
        "fs.s3a.session.token": credentials.token or "",
        "fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider",
        "fs.s3a.buffer.dir": str(folder / "tmp"),
        # An empty "folder" object stays where it is: deleting it again would need a right that a writer of data does not.
        "fs.s3a.directory.marker.retention": "keep",
        # File systems are many and short-lived here: their idle threads should be, too.
        "fs.s3a.threads.keepalivetime": "5",
        "fs.s3a.attempts.maximum": "3",
        "fs.s3a.retry.limit": "3",
        "fs.s3a.retry.interval": "200ms",
        "mapreduce.fileoutputcommitter.algorithm.version": "2",
        "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    }
    for scheme in ("s3", "s3a", "s3n"):
        settings[f"fs.{scheme}.impl"] = "org.apache.hadoop.fs.s3a.S3AFileSystem"
        settings[f"fs.{scheme}.impl.disable.cache"] = "true"
    return settings
