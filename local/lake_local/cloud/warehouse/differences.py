"""What runs of Redshift here, and how it differs from AWS."""

from __future__ import annotations

from lake_local.fidelity import Entry

_CLUSTERS = (
    "CreateCluster, DescribeClusters, ModifyCluster, ModifyClusterIamRoles, DeleteCluster, and the calls of cluster subnet groups and "
    "parameter groups"
)
_KEPT = (
    "It makes a database: a PostgreSQL process on 127.0.0.1 that starts with the deployment, or when the warehouse is used, and ends with "
    "the lake. "
    "Capacity, network, encryption, logging and snapshots are kept, checked as far as the API's model and the VPC go, and have no effect."
)

FIDELITY = [
    Entry("AWS::RedshiftServerless::Namespace", "differs", f"{_KEPT} The secret of `ManageAdminPassword` is made; it does not rotate."),
    Entry("AWS::RedshiftServerless::Workgroup", "differs", f"{_KEPT} The endpoint is 127.0.0.1 with a port of its own, not 5439."),
    Entry("AWS::Redshift::Cluster", "differs", f"{_KEPT} The endpoint is 127.0.0.1 with a port of its own, not 5439."),
    Entry("AWS::Redshift::ClusterSubnetGroup", "differs", "Kept and described; its subnets must exist."),
    Entry("AWS::Redshift::ClusterParameterGroup", "differs", "Kept and described; the parameters have no effect."),
    Entry(
        "CreateNamespace, CreateWorkgroup, CreateUsageLimit, and the calls that get, list, update, delete and tag them",
        "differs",
        "As kept by the lake; everything is AVAILABLE at once. A usage limit never ends a query, because nothing here costs anything. "
        "Snapshots, recovery points, endpoints and custom domains are refused as unknown, and so is GetCredentials.",
    ),
    Entry(
        "ExecuteStatement, BatchExecuteStatement, DescribeStatement, GetStatementResult, CancelStatement, ListStatements",
        "differs",
        "Run on PostgreSQL, with the rights of the database user that AWS would give the caller: the secret's, `DbUser`, or "
        "`IAM:` and `IAMR:` users, for which the caller needs the same calls as there (`redshift-serverless:GetCredentials`, "
        "`redshift:GetClusterCredentials`, `...WithIAM`, `secretsmanager:GetSecretValue`). The lake's own key acts as the admin, and so do "
        "state machines without a secret. The newest 500 statements are kept; one that ran when the lake ended has FAILED at the next "
        "start, which sends its event. Sessions and CSV results are refused.",
    ),
    Entry("ListDatabases, ListSchemas, ListTables, DescribeTable", "differs", "Without external schemas and other databases."),
    Entry("Redshift Data Statement Status Change", "run", "Sent to EventBridge for statements with `WithEvent`."),
    Entry(
        "Redshift's SQL",
        "differs",
        "Translated by sqlglot and run on PostgreSQL 18. What is not known to give the same answer is refused: "
        "among them SUPER and its functions, PIVOT, IGNORE NULLS, procedures and functions of users, external schemas, SELECT INTO, "
        "aliases of the select list in it, views WITH NO SCHEMA BINDING, materialized views with AUTO REFRESH YES, DATEDIFF(week) where it "
        "matters with which day a week begins, names of more than 63 bytes, casts that cut a text with characters of several "
        "bytes. VARCHAR counts bytes, and CHAR refuses characters of several, in tables that are created with their columns. Blanks at the "
        "end of a VARCHAR count in comparisons; on Redshift they do not.",
    ),
    Entry(
        "Decimals of Redshift",
        "differs",
        "A division has more digits behind the point than Redshift gives it. A result of more than 38 digits is refused, as there; UNLOAD "
        "writes an expression's decimals with 38 digits, as many of them behind the point as its values have. A whole number among "
        "decimals, as in `coalesce(price, 0)`, is shown without a point.",
    ),
    Entry(
        "Users, groups, roles, grants",
        "run",
        "PostgreSQL's roles: one name is a user, a group or a role, not several. Names are folded as on Redshift; users of IAM keep their "
        "spelling. The admin is the only superuser.",
    ),
    Entry(
        "COPY, UNLOAD",
        "differs",
        "FORMAT AS PARQUET, from and to the embedded S3, with the rights of the role, which must be the warehouse's and trust Redshift. "
        "Columns map by position; their number and types must be the file's. Other formats, manifests and options are refused.",
    ),
    Entry(
        "svv_table_info, svv_tables, svv_columns, pg_user, pg_group",
        "differs",
        "Their common columns. DISTSTYLE and sort keys are kept and shown, and have no effect. Other system tables are refused.",
    ),
    Entry(_CLUSTERS, "differs", "As kept by the lake; a cluster is available at once. Other calls are refused as unknown."),
]
