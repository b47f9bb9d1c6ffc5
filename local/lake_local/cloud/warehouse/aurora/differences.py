"""What runs of Aurora here, and how it differs from AWS."""

from __future__ import annotations

from lake_local.fidelity import Entry

_CALLS = (
    "CreateDBCluster, DescribeDBClusters, ModifyDBCluster, DeleteDBCluster, AddRoleToDBCluster, RemoveRoleFromDBCluster, "
    "and the calls of their instances, subnet groups and parameter groups"
)

FIDELITY = [
    Entry(
        "AWS::RDS::DBCluster",
        "differs",
        "Aurora PostgreSQL only. It makes a database: a PostgreSQL 18 process on 127.0.0.1 that starts with the deployment, "
        "or when the database is used, and ends with the lake; the endpoint is 127.0.0.1 with a port of its own. Versions, "
        "capacity, pauses, encryption, backups and log exports are kept and checked, and have no effect. "
        "The secret of `ManageMasterUserPassword` is made; it does not rotate.",
    ),
    Entry(
        "AWS::RDS::DBInstance",
        "differs",
        "Instances of the class `db.serverless` in such a cluster: without one, the cluster runs no statement.",
    ),
    Entry("AWS::RDS::DBSubnetGroup", "differs", "Kept and described; its subnets must exist."),
    Entry("AWS::RDS::DBClusterParameterGroup", "differs", "Kept and described; the parameters have no effect."),
    Entry(_CALLS, "differs", "As kept by the lake; a cluster is available at once. Other calls of RDS are refused as unknown."),
    Entry(
        "ExecuteStatement, BatchExecuteStatement, BeginTransaction, CommitTransaction, RollbackTransaction",
        "differs",
        "Of the RDS Data API: run on PostgreSQL as the user of the secret, which the caller must be allowed to read. "
        "Statements end after 45 s, transactions after three minutes without a call. "
        "`schema`, `formatRecordsAs`, `resultSetOptions` and arrays are ignored.",
    ),
    Entry(
        "aws_s3.table_import_from_s3",
        "differs",
        "Through the RDS Data API, in a `SELECT` of its own: COPY from an object of the embedded S3, with the rights of the "
        "cluster's role for the feature `s3Import`; gzip by `Content-Encoding`. `CREATE EXTENSION aws_s3 CASCADE` is the master "
        "user's, and is there at once, whether its transaction is committed or not; no other extension is there.",
    ),
]
