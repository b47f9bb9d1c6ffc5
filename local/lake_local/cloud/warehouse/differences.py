"""What runs of Redshift here, and how it differs from AWS."""

from __future__ import annotations

from lake_local.fidelity import Entry

_CLUSTERS = (
    "CreateCluster, DescribeClusters, ModifyCluster, ModifyClusterIamRoles, DeleteCluster, and the calls of cluster subnet groups and "
    "parameter groups"
)
_KEPT = (
    "It makes a database: a PostgreSQL process that starts when the warehouse is first used, on 127.0.0.1, and ends with the lake. "
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
    Entry(_CLUSTERS, "differs", "As kept by the lake; a cluster is available at once. Other calls are refused as unknown."),
]
