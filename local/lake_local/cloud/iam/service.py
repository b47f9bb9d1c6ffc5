"""IAM, as a service of ours: it decides on every call."""

from __future__ import annotations

from lake_local.config import Config
from lake_local.fidelity import Entry

from ..pages import register_page
from ..service import Service
from . import enforcement, keys, objects, passing, questions, sessions, streams

FIDELITY = (
    Entry(
        "IAM policies",
        "run",
        "Identity and resource policies, boundaries, session policies, variables and conditions decide as AWS documents it. A denial "
        "names the statement that decided, behind AWS's own words. There are no organizations, hence none of their policies.",
    ),
    Entry(
        "The root user",
        "differs",
        "The lake's own key is the account's root user: resource policies' denies bind it. Unlike AWS's, it may assume roles whose trust "
        "policy names the account, because a lake has no other key to begin with.",
    ),
    Entry(
        "Multi-factor authentication",
        "differs",
        "Any six digits are a code, if the device is the user's own (the root user has one): devices here have no secret. Sessions are "
        "marked as AWS marks them.",
    ),
    Entry(
        "iam:PassRole",
        "run",
        "With `iam:PassedToService`, for functions, jobs, crawlers, rules and their targets, schedules, state machines, trails and stacks. "
        "A role that does not trust the service is refused there, or when it is needed.",
    ),
    Entry(
        "VPC endpoints",
        "differs",
        "Calls of a function in a VPC go through the endpoint that its subnet reaches: policies see `aws:SourceVpce` and "
        "`aws:SourceVpc`, and the endpoint's policy must allow them. Where there is neither an endpoint nor a NAT gateway, a call is "
        "refused at once; on AWS it would time out. Jobs with a connection are not limited to their subnet.",
    ),
    Entry("Session tags", "run", "Given to `sts:AssumeRole` if the role's trust policy allows `sts:TagSession`; transitive tags go on."),
    Entry(
        "iam:Simulate*",
        "differs",
        "MiniStack's own evaluation, without policy variables. The calls themselves are decided by ours.",
    ),
)


def install(_config: Config) -> None:
    enforcement.install()
    passing.install()
    objects.install()
    keys.install()
    sessions.install()
    streams.install()
    register_page("iam/decisions", questions.answer)


SERVICE = Service("iam", install, fidelity=FIDELITY)
