"""Every service of ours: the only list of them."""

from __future__ import annotations

from ..alarms.service import SERVICE as ALARMS
from ..athena.service import SERVICE as ATHENA
from ..cfn.service import SERVICE as CLOUDFORMATION
from ..glue.service import SERVICE as GLUE
from ..iam.service import SERVICE as IAM
from ..service import Service
from ..trail.service import SERVICE as TRAILS
from ..warehouse.aurora.service import SERVICES as AURORA
from ..warehouse.service import SERVICES as WAREHOUSE
from .access import SERVICE as ACCESS
from .logs import SERVICE as LOGS
from .objects.service import SERVICE as OBJECTS
from .outgoing import SERVICE as OUTGOING
from .request_log import SERVICE as REQUEST_LOG
from .s3 import SERVICE as S3
from .snapshot import SERVICE as SNAPSHOTS

# In this order: CloudFormation's types first, which the engines then extend.
SERVICES: tuple[Service, ...] = (
    ACCESS,
    IAM,
    REQUEST_LOG,
    OUTGOING,
    S3,
    OBJECTS,
    LOGS,
    SNAPSHOTS,
    CLOUDFORMATION,
    GLUE,
    ATHENA,
    ALARMS,
    TRAILS,
    *WAREHOUSE,
    *AURORA,
)
