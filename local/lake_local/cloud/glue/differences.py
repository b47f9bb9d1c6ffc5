"""What runs of Glue here, and how it differs from AWS."""

from __future__ import annotations

from lake_local.fidelity import Entry

_JOBS = "CreateJob, UpdateJob, DeleteJob, GetJob, GetJobs, ListJobs, BatchGetJobs"
_CRAWLERS = (
    "CreateCrawler, UpdateCrawler, DeleteCrawler, GetCrawler, GetCrawlers, ListCrawlers, BatchGetCrawlers, StartCrawler, StopCrawler, "
    "GetCrawlerMetrics, ListCrawls, and the schedule's calls"
)
_TRIGGERS = (
    "CreateTrigger, UpdateTrigger, DeleteTrigger, GetTrigger, GetTriggers, ListTriggers, BatchGetTriggers, StartTrigger, StopTrigger"
)
_WORKFLOWS = (
    "CreateWorkflow, UpdateWorkflow, DeleteWorkflow, GetWorkflow, ListWorkflows, BatchGetWorkflows, StartWorkflowRun, GetWorkflowRun, "
    "GetWorkflowRuns, StopWorkflowRun, Get- and PutWorkflowRunProperties"
)

FIDELITY = [
    Entry(_JOBS, "run", "Commands `glueetl` and `pythonshell`; others are refused."),
    Entry(
        "StartJobRun, GetJobRun, GetJobRuns, BatchStopJobRun",
        "differs",
        "The script runs on PySpark 3.5, in a Python process of its own and under the job's role, in one Java virtual machine "
        "that all jobs of "
        "the lake share. Workers and their type are kept, not obeyed; a job of one worker has as much of this machine as one of a hundred. "
        "The Python is this machine's, 3.11 to 3.13, with the packages of the lake's own environment: `--additional-python-modules` is not "
        "installed. Of `--conf`, `spark.sql.*` and `spark.hadoop.*` count. At most six runs at once; the others wait in STARTING.",
    ),
    Entry(
        "Events of job runs",
        "differs",
        "`Glue Job State Change` is sent for each run that ends: SUCCEEDED, FAILED, TIMEOUT or STOPPED. `Glue Job Run Status` and the "
        "events of crawlers and tables are not.",
    ),
    Entry(
        "Isolation of job runs",
        "differs",
        "A run has the credentials of its role, and a Spark session, catalog, cache and S3 file systems of its own: what its "
        "role may not read it "
        "does not get, whatever other jobs do. AWS gives each run its own machines; here, a script that reaches into the shared "
        "Java virtual "
        "machine on purpose could get at others. RDDs read S3 with `textFile`; other RDD calls on `s3://` find no credentials.",
    ),
    Entry(
        "Logs of job runs",
        "differs",
        "Live in CloudWatch Logs, put there with the role's own rights; a role without them has no logs, as on AWS. Names as of Glue 5 "
        "(`/output`: all that the script prints, `/error`: errors; with a custom prefix and with a security configuration). "
        "Spark's own log is not "
        "in them but in `.lake/glue/spark/spark.log`.",
    ),
    Entry(
        "The `awsglue` module",
        "differs",
        "getResolvedOptions, GlueContext, DynamicFrame with its common methods, the transforms of the same names, and Job. Sources and "
        "targets in S3 (CSV, JSON, Parquet, ORC), by path or by catalog. A column of a DynamicFrame has one type: there are no "
        "choices to resolve.",
    ),
    Entry(
        "GetJobBookmark, ResetJobBookmark",
        "differs",
        "For DynamicFrame reads with a transformation_ctx: objects by key, ETag and time, remembered at `job.commit()`. What is inside the "
        "`JobBookmark` document is our own.",
    ),
    Entry(
        _CRAWLERS,
        "run",
        "Targets in S3, with exclusions and a sample size, and in the catalog; others are refused. A table of which everything is "
        "excluded by now counts as vanished. Schedules in UTC.",
    ),
    Entry(
        "What a crawler finds",
        "differs",
        "CSV, JSON lines and Parquet, plain or gzip; custom classifiers are not used. Up to eight files of a table are looked "
        "into, up to 1 MB of "
        "each. CSV is read with its quotes and line breaks inside them. CSV columns are bigint, double or string. Partition keys "
        "are strings. "
        "Without a table level, folders are told apart by a simpler rule than AWS's.",
    ),
    Entry(
        _TRIGGERS,
        "run",
        "ON_DEMAND, SCHEDULED, CONDITIONAL (AND, ANY; not for what was started by hand) and EVENT. Jobs and crawlers must exist "
        "when a trigger "
        "names them. What was due while the lake was down is not made up for.",
    ),
    Entry(_WORKFLOWS, "run", "A run is COMPLETED when nothing goes on any more, also if a job failed; its statistics tell."),
    Entry(
        "Batches of an EVENT trigger",
        "differs",
        "All events that have arrived when a run starts go into that run, also those beyond the batch size, and also when it is "
        "started by hand. "
        "What arrives while MaxConcurrentRuns are under way starts one further run. AWS does not say what becomes of a batch that is "
        "full while a run is on, nor does it guarantee that Glue gets every event: there the lake's daily check starts the run.",
    ),
    Entry("ResumeWorkflowRun, blueprints, dev endpoints, sessions, ML transforms, data quality", "differs", "Refused as unknown."),
    Entry(
        "Databases, tables, partitions, connections",
        "run",
        "MiniStack's catalog. GetDatabases, GetTables and GetPartitions obey `Expression`, `Segment` and pages; other choices of what to "
        "return are refused. The Expression of GetTables must match the whole name; a `*` after a letter stands for `.*`. "
        "A call on a table is checked against the table's ARN only, where "
        "AWS also asks for the database's and the catalog's.",
    ),
    Entry(
        "CreateSecurityConfiguration, GetSecurityConfiguration, GetSecurityConfigurations, DeleteSecurityConfiguration",
        "differs",
        "Kept, and it names the log groups of its jobs and crawlers; nothing is encrypted on disk.",
    ),
]
