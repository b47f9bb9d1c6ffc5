"""What IAM answers on AWS: one line a case, with the page that says so.

Each case gets a bucket `{bucket}` with the object `data/a` (tagged class=secret) and others, a role `{role}`, and a session of that role;
`test_iam.py` makes them and does the call. Conditions and policies are written as in a policy's JSON.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{{role}}"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/{{role}}/session"
BUCKET = "arn:aws:s3:::{bucket}"
OBJECTS = f"{BUCKET}/*"
LOG_GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{{role}}"

USER_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
VARIABLES = USER_GUIDE + "reference_policies_variables.html"
KEYS = USER_GUIDE + "reference_policies_condition-keys.html"
OPERATORS = USER_GUIDE + "reference_policies_elements_condition_operators.html"
SET_OPERATORS = USER_GUIDE + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
LOGIC = USER_GUIDE + "reference_policies_evaluation-logic_policy-eval-denyallow.html"
PRINCIPAL = USER_GUIDE + "reference_policies_elements_principal.html"
NOT_PRINCIPAL = USER_GUIDE + "reference_policies_elements_notprincipal.html"
ACTION = USER_GUIDE + "reference_policies_elements_action.html"
RESOURCE = USER_GUIDE + "reference_policies_elements_resource.html"
VERSION = USER_GUIDE + "reference_policies_elements_version.html"
BOUNDARIES = USER_GUIDE + "access_policies_boundaries.html"
TAGS = USER_GUIDE + "id_session-tags.html"
MFA = USER_GUIDE + "id_credentials_mfa_configure-api-require.html"
EXTERNAL_ID = USER_GUIDE + "id_roles_common-scenarios_third-party.html"
CHAINING = USER_GUIDE + "id_session-tags.html#id_session-tags_role-chaining"
S3_KEYS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html"
S3_TAGS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html"
S3_SIGNING = "https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html"
S3_PUT_POLICY = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html"
S3_COPY = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"
S3_DELETE_MANY = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"
GLUE_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html"

GLUE_ARNS = "https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html"
ATHENA = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html"
ATHENA_S3 = "https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html"
ATHENA_PREPARED = "https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena-prepared-statements.html"
S3_KMS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"
S3_CONTEXT = S3_KMS + "#encryption-context"
S3_BUCKET_KEY = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html"
S3_HEAD = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html"
KEY_POLICIES = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"
KEY_STATE = "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"
VIA_SERVICE = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service"
GRANTS = "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html"
SQS_KMS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"
SQS_TAGS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-abac.html"
LOG_STREAMS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html"
STACK_ROLE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html"
PASS_ROLE = USER_GUIDE + "id_roles_use_passrole.html"
LAMBDA_ROLE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"
GLUE_ROLE = "https://docs.aws.amazon.com/glue/latest/dg/glue-troubleshooting-errors.html"

# Calls of test_iam.py that pass a role, and to which service.
PASSING_CALLS = {
    "create_function": "lambda.amazonaws.com",
    "create_job": "glue.amazonaws.com",
    "create_crawler": "glue.amazonaws.com",
    "put_targets": "events.amazonaws.com",
    "create_state_machine": "states.amazonaws.com",
    "create_trail": "cloudtrail.amazonaws.com",
    "create_stack": "cloudformation.amazonaws.com",
}

Statement = dict[str, Any]


def allow(*actions: str, on: str | list[str] = OBJECTS, **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: str | list[str] = OBJECTS, **more: Any) -> Statement:
    return {"Effect": "Deny", "Action": list(actions), "Resource": on, **more}


def deny_all(condition: dict[str, Any] | None = None) -> Statement:
    """A bucket policy's denial of reading, to all whom a condition describes."""
    found = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": OBJECTS}
    return {**found, "Condition": condition} if condition else found


def deny_all_but(*principals: str) -> Statement:
    """A bucket policy's denial of reading to all but some."""
    return {"Effect": "Deny", "NotPrincipal": {"AWS": list(principals)}, "Action": "s3:GetObject", "Resource": OBJECTS}


def grant(*, to: Any, action: str = "s3:GetObject", **more: Any) -> Statement:
    """A bucket policy's permission."""
    return {"Effect": "Allow", "Principal": to if to == "*" else {"AWS": to}, "Action": action, "Resource": OBJECTS, **more}


READ = allow("s3:GetObject")
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@dataclass(frozen=True)
class Case:
    """One request and AWS's answer to it.

    - `call`: what the role's session does, a name in `test_iam.CALLS`
    - `identity`, `bucket`, `boundary`, `session`: statements of the role's policy, of the bucket's, of the boundary's, of the session's
    - `tags`, `session_tags`: of the role, and of the session
    - `key`: statements of the policy of the key with which the calls named `..._encrypted` encrypt
    """

    title: str
    page: str
    allowed: bool
    identity: list[Statement] = field(default_factory=lambda: [READ])
    call: str = "get"
    bucket: list[Statement] = field(default_factory=list)
    boundary: list[Statement] | None = None
    session: list[Statement] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    session_tags: dict[str, str] = field(default_factory=dict)
    key: list[Statement] = field(default_factory=list)
    version: str = "2012-10-17"


def of_stream(title: str, allowed: bool, action: str, streams: str) -> Case:
    """A call on the stream `one` of the log group `{role}`, or a new one, `two`; `streams` ends the ARN that is allowed."""
    call = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower()
    return Case(title, LOG_STREAMS, allowed, [allow(f"logs:{action}", on=LOG_GROUP + streams)], call)


def with_condition(title: str, page: str, allowed: bool, condition: dict[str, Any], **more: Any) -> Case:
    """A case whose one permission has a condition."""
    return Case(title, page, allowed, [{**READ, "Condition": condition}], **more)


TEAM = "${aws:PrincipalTag/team}"

VARIABLE_CASES = [
    Case("a variable in an Allow's Resource", VARIABLES, True, [allow("s3:GetObject", on=f"{BUCKET}/{TEAM}/*")], tags={"team": "data"}),
    Case("another value in an Allow's Resource", VARIABLES, False, [allow("s3:GetObject", on=f"{BUCKET}/{TEAM}/*")], tags={"team": "b"}),
    Case("a variable in a Deny's Resource", VARIABLES, False, [READ, deny("s3:*", on=f"{BUCKET}/{TEAM}/*")], tags={"team": "data"}),
    Case("another value in a Deny's Resource", VARIABLES, True, [READ, deny("s3:*", on=f"{BUCKET}/{TEAM}/*")], tags={"team": "b"}),
    Case("a variable without value matches no resource", VARIABLES, False, [allow("s3:GetObject", on=f"{BUCKET}/{TEAM}*")]),
    Case("a Deny whose variable has no value matches no resource", VARIABLES, True, [READ, deny("s3:*", on=f"{BUCKET}/{TEAM}*")]),
    Case(
        "NotResource whose variable has no value matches every resource",
        VARIABLES,
        False,
        [READ, {"Effect": "Deny", "Action": "s3:*", "NotResource": f"{BUCKET}/{TEAM}*"}],
    ),
    Case(
        "a variable's default",
        VARIABLES,
        True,
        [allow("s3:GetObject", on=f"{BUCKET}/${{aws:PrincipalTag/team, 'data'}}/*")],
    ),
    Case(
        "a value comes before the default",
        VARIABLES,
        False,
        [allow("s3:GetObject", on=f"{BUCKET}/${{aws:PrincipalTag/team, 'data'}}/*")],
        tags={"team": "b"},
    ),
    Case("a value's asterisk is no wildcard", VARIABLES, False, [allow("s3:GetObject", on=f"{BUCKET}/{TEAM}/a")], tags={"team": "d+*"}),
    Case("${*} is an asterisk", VARIABLES, True, [allow("s3:GetObject", on=f"{BUCKET}/star/${{*}}")], call="get_star"),
    Case("${*} is no wildcard", VARIABLES, False, [allow("s3:GetObject", on=f"{BUCKET}/data/${{*}}")]),
    Case("${?} is no wildcard", VARIABLES, False, [allow("s3:GetObject", on=f"{BUCKET}/data/${{?}}")]),
    Case(
        "before 2012-10-17 a variable is plain text",
        VERSION,
        False,
        [allow("s3:GetObject", on=f"{BUCKET}/{TEAM}/*")],
        tags={"team": "data"},
        version="2008-10-17",
    ),
    Case(
        "a Deny unless a variable matches, and it does",
        VARIABLES,
        True,
        [READ, {**deny("s3:*"), "Condition": {"StringNotEquals": {"s3:ExistingObjectTag/class": TEAM}}}],
        tags={"team": "secret"},
    ),
    Case(
        "a Deny unless a variable matches, and it has no value",
        VARIABLES,
        False,
        [READ, {**deny("s3:*"), "Condition": {"StringNotEquals": {"s3:ExistingObjectTag/class": TEAM}}}],
    ),
    with_condition(
        "a variable in an Allow's Condition",
        VARIABLES,
        True,
        {"StringEquals": {"s3:ExistingObjectTag/class": TEAM}},
        tags={"team": "secret"},
    ),
    with_condition("a variable without value in a Condition", VARIABLES, False, {"StringEquals": {"s3:ExistingObjectTag/class": TEAM}}),
    with_condition(
        "a variable in StringLike", VARIABLES, True, {"StringLike": {"s3:ExistingObjectTag/class": f"{TEAM}*"}}, tags={"team": "sec"}
    ),
]

PRINCIPAL_CASES = [
    with_condition("aws:PrincipalArn is the role's", KEYS, True, {"ArnLike": {"aws:PrincipalArn": ROLE}}),
    with_condition("aws:PrincipalArn is not the session's", KEYS, False, {"ArnLike": {"aws:PrincipalArn": SESSION}}),
    Case("a bucket's Deny to the role's ARN", KEYS, False, bucket=[deny_all({"ArnEquals": {"aws:PrincipalArn": ROLE}})]),
    Case(
        "a bucket's Deny unless the role, StringNotEquals", KEYS, True, bucket=[deny_all({"StringNotEquals": {"aws:PrincipalArn": ROLE}})]
    ),
    Case("a bucket's Deny unless the role, ArnNotEquals", KEYS, True, bucket=[deny_all({"ArnNotEquals": {"aws:PrincipalArn": ROLE}})]),
    Case(
        "aws:PrincipalArn is never like assumed-role",
        KEYS,
        True,
        bucket=[deny_all({"ArnLike": {"aws:PrincipalArn": "arn:aws:sts::*:assumed-role/{role}/*"}})],
    ),
    with_condition("aws:ViaAWSService is false in a direct call", KEYS, True, {"Bool": {"aws:ViaAWSService": "false"}}),
    Case("a bucket's Deny if aws:ViaAWSService is false", KEYS, False, bucket=[deny_all({"Bool": {"aws:ViaAWSService": "false"}})]),
    Case(
        "a bucket's Deny if aws:PrincipalIsAWSService is false",
        KEYS,
        False,
        bucket=[deny_all({"Bool": {"aws:PrincipalIsAWSService": "false"}})],
    ),
    Case(
        "a bucket's Deny unless signed in a header",
        S3_SIGNING,
        True,
        bucket=[deny_all({"StringNotEquals": {"s3:authType": "REST-HEADER"}})],
    ),
    Case(
        "a bucket's Deny of presigned addresses",
        S3_SIGNING,
        False,
        bucket=[deny_all({"StringNotEquals": {"s3:authType": "REST-HEADER"}})],
        call="get_presigned",
    ),
    Case("a presigned address", S3_SIGNING, True, call="get_presigned"),
    Case("the root user under a bucket's Deny", LOGIC, False, bucket=[deny_all()], call="get_as_root"),
    Case(
        "the root user mends a bucket's policy",
        S3_PUT_POLICY,
        True,
        bucket=[{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, OBJECTS]}],
        call="delete_policy_as_root",
    ),
    Case("Principal is the role", PRINCIPAL, True, [], bucket=[grant(to=ROLE)]),
    Case("Principal is the session", PRINCIPAL, True, [], bucket=[grant(to=SESSION)]),
    Case("Principal is another role", PRINCIPAL, False, [], bucket=[grant(to=f"arn:aws:iam::{ACCOUNT}:role/other")]),
    Case("Principal is the account: the identity must allow", PRINCIPAL, False, [], bucket=[grant(to=ACCOUNT)]),
    Case("Principal is everybody", PRINCIPAL, True, [], bucket=[grant(to="*")]),
    Case(
        "NotPrincipal names another role",
        NOT_PRINCIPAL,
        False,
        bucket=[deny_all_but(f"arn:aws:iam::{ACCOUNT}:role/other", ACCOUNT)],
    ),
    Case(
        "NotPrincipal names the role, its session and the account",
        NOT_PRINCIPAL,
        True,
        bucket=[deny_all_but(ROLE, SESSION, f"arn:aws:iam::{ACCOUNT}:root")],
    ),
    with_condition("aws:PrincipalType", KEYS, True, {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}),
    with_condition("aws:userid of a session", KEYS, True, {"StringLike": {"aws:userid": "*:session"}}),
    with_condition("aws:username of a session is absent", KEYS, True, {"Null": {"aws:username": "true"}}),
    with_condition("aws:TokenIssueTime", KEYS, True, {"DateLessThanEquals": {"aws:TokenIssueTime": "2100-01-01T00:00:00Z"}}),
    with_condition("aws:PrincipalAccount", KEYS, True, {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
    with_condition(
        "aws:CalledVia is absent in a direct call", KEYS, False, {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}
    ),
]

TAG_CASES = [
    with_condition("a tag of the role", TAGS, True, {"StringEquals": {"aws:PrincipalTag/team": "a"}}, tags={"team": "a"}),
    with_condition("a tag of the session", TAGS, True, {"StringEquals": {"aws:PrincipalTag/team": "a"}}, session_tags={"team": "a"}),
    with_condition(
        "the session's tag hides the role's",
        TAGS,
        False,
        {"StringEquals": {"aws:PrincipalTag/team": "a"}},
        tags={"team": "a"},
        session_tags={"team": "b"},
    ),
    with_condition("keys of tags know no letter case", TAGS, True, {"StringEquals": {"aws:PrincipalTag/TEAM": "a"}}, tags={"team": "a"}),
    with_condition("another tag", TAGS, False, {"StringEquals": {"aws:PrincipalTag/team": "a"}}, tags={"team": "A"}),
    with_condition(
        "a transitive tag goes on to the next role",
        CHAINING,
        True,
        {"StringEquals": {"aws:PrincipalTag/team": "a"}},
        call="get_as_next_role",
    ),
    with_condition(
        "a tag that is not transitive does not",
        CHAINING,
        False,
        {"StringEquals": {"aws:PrincipalTag/rank": "1"}},
        call="get_as_next_role",
    ),
    Case("a transitive tag cannot be set again", CHAINING, False, [EVERYTHING], call="change_transitive_tag"),
    Case("tags of a session need sts:TagSession in the trust policy", TAGS, False, [EVERYTHING], call="tag_untrusted_session"),
    with_condition("s3:ExistingObjectTag", S3_TAGS, True, {"StringEquals": {"s3:ExistingObjectTag/class": "secret"}}),
    with_condition("another s3:ExistingObjectTag", S3_TAGS, False, {"StringEquals": {"s3:ExistingObjectTag/class": "open"}}),
    Case(
        "a bucket's Deny of tagged objects", S3_TAGS, False, bucket=[deny_all({"StringEquals": {"s3:ExistingObjectTag/class": "secret"}})]
    ),
]

MFA_CASES = [
    with_condition("Bool on aws:MultiFactorAuthPresent of a role's session", MFA, False, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    with_condition(
        "BoolIfExists on aws:MultiFactorAuthPresent of a user's own key",
        MFA,
        True,
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
        call="get_as_user",
    ),
    with_condition("a session with a code", MFA, True, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, call="get_with_mfa"),
    with_condition("the code's age", MFA, True, {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}, call="get_with_mfa"),
    Case("a device of somebody else", MFA, False, [EVERYTHING], call="get_with_stolen_mfa"),
    Case("a role that asks for a code, with one", MFA, True, [EVERYTHING], call="assume_with_mfa"),
    Case("a role that asks for a code, without", MFA, False, [EVERYTHING], call="assume_without_mfa"),
]

LOGIC_CASES = [
    Case("no policy", LOGIC, False, []),
    Case("an Allow", LOGIC, True),
    Case("a Deny beats an Allow", LOGIC, False, [READ, deny("s3:GetObject")]),
    Case("a bucket's Deny beats an Allow", LOGIC, False, bucket=[deny_all()]),
    Case(
        "NotAction",
        USER_GUIDE + "reference_policies_elements_notaction.html",
        True,
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
    ),
    Case(
        "NotAction names the action",
        USER_GUIDE + "reference_policies_elements_notaction.html",
        False,
        [{"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}],
    ),
    Case(
        "NotResource",
        USER_GUIDE + "reference_policies_elements_notresource.html",
        False,
        [READ, {"Effect": "Deny", "Action": "s3:*", "NotResource": f"{BUCKET}/other/*"}],
    ),
    Case("actions know no letter case", ACTION, True, [allow("S3:getobject")]),
    Case("wildcards in actions", ACTION, True, [allow("s3:Get?bject")]),
    Case("resources know letter case", RESOURCE, False, [allow("s3:GetObject", on=f"{BUCKET}/Data/*")]),
    Case("wildcards in resources", RESOURCE, True, [allow("s3:GetObject", on=f"{BUCKET}/d?ta/*")]),
    Case("a boundary that does not allow", BOUNDARIES, False, boundary=[allow("sqs:*", on="*")]),
    Case("a boundary that allows", BOUNDARIES, True, boundary=[READ]),
    Case("a boundary that denies", BOUNDARIES, False, boundary=[EVERYTHING, deny("s3:GetObject")]),
    Case("a boundary alone allows nothing", BOUNDARIES, False, [], boundary=[EVERYTHING]),
    Case("a bucket's grant to the role within the boundary", BOUNDARIES, True, [], bucket=[grant(to=ROLE)], boundary=[READ]),
    Case(
        "a bucket's grant to the role beyond the boundary",
        BOUNDARIES,
        False,
        [],
        bucket=[grant(to=ROLE)],
        boundary=[allow("sqs:*", on="*")],
    ),
    Case(
        "a bucket's grant to the session passes the boundary",
        BOUNDARIES,
        True,
        [],
        bucket=[grant(to=SESSION)],
        boundary=[allow("sqs:*", on="*")],
    ),
    Case("a session policy that does not allow", LOGIC, False, session=[allow("sqs:*", on="*")]),
    Case("a session policy that allows", LOGIC, True, session=[READ]),
    Case(
        "a bucket's grant to the role beyond the session policy",
        LOGIC,
        False,
        [],
        bucket=[grant(to=ROLE)],
        session=[allow("sqs:*", on="*")],
    ),
    Case(
        "a bucket's grant to the session passes the session policy",
        LOGIC,
        True,
        [],
        bucket=[grant(to=SESSION)],
        session=[allow("sqs:*", on="*")],
    ),
    Case("an action without resource types on *", GLUE_ACTIONS, True, [allow("glue:GetJobBookmark", on="*")], call="get_bookmark"),
    Case(
        "an action without resource types on an ARN",
        GLUE_ACTIONS,
        False,
        [allow("glue:GetJobBookmark", on=f"arn:aws:glue:us-east-1:{ACCOUNT}:job/*")],
        call="get_bookmark",
    ),
]

CONDITION_CASES = [
    Case(
        "s3:prefix present",
        S3_KEYS,
        True,
        [allow("s3:ListBucket", on=BUCKET, Condition={"StringLike": {"s3:prefix": "data/*"}})],
        "list_data",
    ),
    Case(
        "s3:prefix absent", S3_KEYS, False, [allow("s3:ListBucket", on=BUCKET, Condition={"StringLike": {"s3:prefix": "data/*"}})], "list"
    ),
    Case(
        "s3:prefix empty", S3_KEYS, True, [allow("s3:ListBucket", on=BUCKET, Condition={"StringEquals": {"s3:prefix": ""}})], "list_empty"
    ),
    with_condition("IfExists on an absent key", OPERATORS, True, {"StringEqualsIfExists": {"aws:PrincipalTag/no": "a"}}),
    with_condition("Null true on an absent key", OPERATORS, True, {"Null": {"aws:PrincipalTag/no": "true"}}),
    with_condition("Null false on an absent key", OPERATORS, False, {"Null": {"aws:PrincipalTag/no": "false"}}),
    with_condition("ForAllValues on an absent key", SET_OPERATORS, True, {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}),
    with_condition("ForAnyValue on an absent key", SET_OPERATORS, False, {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}),
    with_condition("StringEquals on an absent key", OPERATORS, False, {"StringEquals": {"aws:PrincipalTag/no": "a"}}),
    with_condition("StringNotEquals on an absent key", OPERATORS, True, {"StringNotEquals": {"aws:PrincipalTag/no": "a"}}),
    with_condition(
        "several values are alternatives", OPERATORS, True, {"StringEquals": {"aws:PrincipalTag/t": ["a", "b"]}}, tags={"t": "b"}
    ),
    with_condition(
        "several values of a negated operator", OPERATORS, False, {"StringNotEquals": {"aws:PrincipalTag/t": ["a", "b"]}}, tags={"t": "b"}
    ),
    with_condition(
        "several keys must all hold",
        OPERATORS,
        False,
        {"StringEquals": {"aws:PrincipalTag/t": "b", "aws:PrincipalTag/u": "c"}},
        tags={"t": "b"},
    ),
    with_condition("StringEqualsIgnoreCase", OPERATORS, True, {"StringEqualsIgnoreCase": {"aws:PrincipalTag/t": "B"}}, tags={"t": "b"}),
    with_condition("IpAddress", OPERATORS, True, {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
    with_condition("another IpAddress", OPERATORS, False, {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    with_condition("NotIpAddress", OPERATORS, True, {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}}),
    with_condition("aws:CurrentTime", OPERATORS, True, {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
    with_condition("aws:EpochTime", OPERATORS, False, {"NumericLessThan": {"aws:EpochTime": "1000"}}),
    with_condition("aws:ResourceAccount", KEYS, True, {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}),
    with_condition("aws:RequestedRegion", KEYS, True, {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
    with_condition("another aws:RequestedRegion", KEYS, False, {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
    with_condition("aws:SecureTransport", KEYS, True, {"Bool": {"aws:SecureTransport": "true"}}),
    with_condition("ArnLike does not reach over a colon", OPERATORS, False, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam*role/{role}"}}),
    with_condition("an operator that AWS does not know", OPERATORS, False, {"StringSame": {"aws:PrincipalTag/t": "b"}}, tags={"t": "b"}),
]

SEVERAL_OBJECTS_CASES = [
    Case("CopyObject needs the source", S3_COPY, False, [allow("s3:PutObject")], call="copy"),
    Case("CopyObject needs the target", S3_COPY, False, [allow("s3:GetObject")], call="copy"),
    Case(
        "CopyObject with both",
        S3_COPY,
        True,
        [allow("s3:GetObject", "s3:PutObject", "s3:GetObjectTagging", "s3:PutObjectTagging")],
        call="copy",
    ),
    Case(
        "DeleteObjects is checked for each key",
        S3_DELETE_MANY,
        False,
        [allow("s3:DeleteObject"), deny("s3:DeleteObject", on=f"{BUCKET}/star/*")],
        call="delete_many",
    ),
    Case("a trust policy's ExternalId", EXTERNAL_ID, True, [EVERYTHING], call="assume_with_external_id"),
    Case("another ExternalId", EXTERNAL_ID, False, [EVERYTHING], call="assume_with_other_external_id"),
]


def passing(service: str) -> list[Statement]:
    """Everything, and the right to pass roles to one service."""
    no_pass = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}
    return [EVERYTHING, {**no_pass, "Condition": {"StringNotEquals": {"iam:PassedToService": service}}}]


NO_PASS = [EVERYTHING, deny("iam:PassRole", on="*")]
PASS_ROLE_CASES = [
    *(Case(f"{call} without iam:PassRole", PASS_ROLE, False, NO_PASS, call) for call in PASSING_CALLS),
    *(Case(f"{call} with iam:PassRole", PASS_ROLE, True, passing(service), call) for call, service in PASSING_CALLS.items()),
    *(Case(f"{call}, the role passed to another service", PASS_ROLE, False, passing("ec2.amazonaws.com"), call) for call in PASSING_CALLS),
    Case("a function under a role that trusts only Glue", LAMBDA_ROLE, False, [EVERYTHING], "create_function_under_glues_role"),
    Case("a crawler under a role that trusts only Lambda", GLUE_ROLE, False, [EVERYTHING], "create_crawler_under_lambdas_role"),
    Case("a stack's function under a role that trusts only Glue", LAMBDA_ROLE, False, [EVERYTHING], "stack_of_function_under_glues_role"),
]
CLOUDFORMATION_ALONE = allow("cloudformation:*", on="*")
STACK_CASES = [
    Case("a stack's queue by a caller of CloudFormation alone", STACK_ROLE, False, [CLOUDFORMATION_ALONE], "stack_of_queue"),
    Case(
        "a stack's queue by a caller who may make queues",
        STACK_ROLE,
        True,
        [CLOUDFORMATION_ALONE, allow("sqs:*", on="*")],
        "stack_of_queue",
    ),
    Case(
        "a stack's queue by a caller who may make those of another name",
        STACK_ROLE,
        False,
        [CLOUDFORMATION_ALONE, allow("sqs:*", on=f"arn:aws:sqs:us-east-1:{ACCOUNT}:other-*")],
        "stack_of_queue",
    ),
    Case(
        "a stack's queue by a caller who may make those of its name",
        STACK_ROLE,
        True,
        [CLOUDFORMATION_ALONE, allow("sqs:*", on=f"arn:aws:sqs:us-east-1:{ACCOUNT}:{{role}}-*")],
        "stack_of_queue",
    ),
    Case("a stack with a role that may not make queues", STACK_ROLE, False, [EVERYTHING], "stack_with_powerless_role"),
    Case("a change set by a caller of CloudFormation alone", STACK_ROLE, False, [CLOUDFORMATION_ALONE], "change_set_of_queue"),
    Case("a stack's job without iam:PassRole", PASS_ROLE, False, NO_PASS, "stack_of_job"),
    Case("a stack's job with iam:PassRole", PASS_ROLE, True, [EVERYTHING], "stack_of_job"),
    Case(
        "deleting a stack without the right to delete its queue",
        STACK_ROLE,
        False,
        [EVERYTHING, deny("sqs:DeleteQueue", on="*")],
        "delete_stack_of_queue",
    ),
]


KEY_OF_ACCOUNT = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
KEY_OF_ADMIN = {**KEY_OF_ACCOUNT, "NotAction": ["kms:Decrypt", "kms:GenerateDataKey*"]}
del KEY_OF_ADMIN["Action"]


def key_of_role(**more: Any) -> list[Statement]:
    use = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}
    return [KEY_OF_ADMIN, {**use, **more}]


def via(service: str) -> list[Statement]:
    return key_of_role(Condition={"StringEquals": {"kms:ViaService": f"{service}.us-east-1.amazonaws.com"}})


def encrypting(arn: str) -> list[Statement]:
    return key_of_role(Condition={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": arn}})


def with_key(title: str, page: str, allowed: bool, call: str, key: list[Statement], *identity: Statement) -> Case:
    """A case about an encrypted bucket's or queue's key; the identity allows S3 and SQS."""
    return Case(title, page, allowed, [allow("s3:*", on=[BUCKET, OBJECTS]), allow("sqs:*", on="*"), *identity], call, key=key)


USE = allow("kms:Decrypt", "kms:GenerateDataKey", on="*")
KEY_CASES = [
    with_key("reading without kms:Decrypt", S3_KMS, False, "get_encrypted", [KEY_OF_ACCOUNT]),
    with_key("reading with kms:Decrypt", S3_KMS, True, "get_encrypted", [KEY_OF_ACCOUNT], allow("kms:Decrypt", on="*")),
    with_key("writing without kms:GenerateDataKey", S3_KMS, False, "put_encrypted", [KEY_OF_ACCOUNT], allow("kms:Decrypt", on="*")),
    with_key("writing with kms:GenerateDataKey", S3_KMS, True, "put_encrypted", [KEY_OF_ACCOUNT], allow("kms:GenerateDataKey", on="*")),
    with_key(
        "a multipart upload needs kms:Decrypt too",
        S3_KMS,
        False,
        "upload_encrypted",
        [KEY_OF_ACCOUNT],
        allow("kms:GenerateDataKey", on="*"),
    ),
    with_key("a multipart upload with both", S3_KMS, True, "upload_encrypted", [KEY_OF_ACCOUNT], USE),
    with_key("copying needs the source's key", S3_KMS, False, "copy_encrypted", [KEY_OF_ACCOUNT], allow("kms:GenerateDataKey", on="*")),
    with_key("copying with the keys of both", S3_KMS, True, "copy_encrypted", [KEY_OF_ACCOUNT], USE),
    with_key("HEAD of an encrypted object", S3_HEAD, True, "head_encrypted", [KEY_OF_ACCOUNT]),
    with_key("an object of an earlier, unencrypted time", S3_KMS, True, "get", [KEY_OF_ACCOUNT]),
    with_key("a key whose policy names the role", KEY_POLICIES, True, "get_encrypted", key_of_role()),
    with_key("a key whose policy does not delegate to the account", KEY_POLICIES, False, "get_encrypted", [KEY_OF_ADMIN], USE),
    with_key(
        "a key's denial", KEY_POLICIES, False, "get_encrypted", [KEY_OF_ACCOUNT, {**deny("kms:Decrypt", on="*"), "Principal": "*"}], USE
    ),
    with_key("kms:ViaService S3", VIA_SERVICE, True, "get_encrypted", via("s3")),
    with_key("kms:ViaService another service", VIA_SERVICE, False, "get_encrypted", via("sqs")),
    with_key("kms:ViaService in a direct call", VIA_SERVICE, False, "use_key_directly", via("s3")),
    with_key("a direct call", KEY_POLICIES, True, "use_key_directly", key_of_role()),
    with_key("the encryption context of an object", S3_CONTEXT, True, "get_encrypted", encrypting(f"{BUCKET}/data/secret")),
    with_key("the encryption context of another object", S3_CONTEXT, False, "get_encrypted", encrypting(f"{BUCKET}/data/other")),
    with_key("the encryption context with a bucket key", S3_BUCKET_KEY, True, "get_encrypted_with_bucket_key", encrypting(BUCKET)),
    with_key("a disabled key", KEY_STATE, False, "get_with_disabled_key", [KEY_OF_ACCOUNT], USE),
    with_key("a key that is going to be deleted", KEY_STATE, False, "put_with_pending_key", [KEY_OF_ACCOUNT], USE),
    with_key("a grant", GRANTS, True, "get_encrypted_with_grant", [KEY_OF_ADMIN]),
    with_key("a grant for another operation", GRANTS, False, "put_encrypted_with_grant", [KEY_OF_ADMIN]),
    with_key("a grant for another encryption context", GRANTS, False, "get_encrypted_with_narrow_grant", [KEY_OF_ADMIN]),
    with_key("sending to an encrypted queue without the key", SQS_KMS, False, "send_encrypted", [KEY_OF_ACCOUNT]),
    with_key("sending to an encrypted queue", SQS_KMS, True, "send_encrypted", [KEY_OF_ACCOUNT], USE),
    with_key("receiving from an encrypted queue without the key", SQS_KMS, False, "receive_encrypted", [KEY_OF_ACCOUNT]),
    with_key("receiving from an encrypted queue", SQS_KMS, True, "receive_encrypted", [KEY_OF_ACCOUNT], allow("kms:Decrypt", on="*")),
    with_key("S3's events to an encrypted queue whose key does not let S3", SQS_KMS, False, "notify_encrypted", [KEY_OF_ACCOUNT]),
    with_key(
        "S3's events to an encrypted queue whose key lets S3",
        SQS_KMS,
        True,
        "notify_encrypted",
        [
            KEY_OF_ACCOUNT,
            {**USE, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Principal": {"Service": "s3.amazonaws.com"}},
        ],
    ),
]


GROUP = f"arn:aws:athena:us-east-1:{ACCOUNT}:workgroup/{{role}}"
PRIMARY = f"arn:aws:athena:us-east-1:{ACCOUNT}:workgroup/primary"
RESULTS = allow("s3:*", on=[BUCKET, OBJECTS])
ATHENA_CASES = [
    Case(
        "Athena without s3:GetBucketLocation on the results",
        ATHENA_S3,
        False,
        [EVERYTHING, deny("s3:GetBucketLocation", on="*")],
        "start_query",
    ),
    Case("starting a query, allowed on its work group only", ATHENA, True, [allow("athena:*", on=GROUP), RESULTS], "start_query"),
    Case("starting a query, allowed on another work group", ATHENA, False, [allow("athena:*", on=PRIMARY), RESULTS], "start_query"),
    Case(
        "starting a query without a work group is about primary", ATHENA, True, [allow("athena:*", on=PRIMARY), RESULTS], "start_in_primary"
    ),
    Case("a Deny on primary, starting without a work group", ATHENA, False, [EVERYTHING, deny("athena:*", on=PRIMARY)], "start_in_primary"),
    *(
        Case(f"a Deny on the work group: {name}", ATHENA, False, [EVERYTHING, deny("athena:*", on=GROUP)], name)
        for name in ("get_query", "stop_query", "get_query_results", "batch_get_query", "get_named_query")
    ),
    *(
        Case(f"allowed on the work group only: {name}", ATHENA, True, [allow("athena:*", on=GROUP), RESULTS], name)
        for name in ("get_query", "stop_query", "get_query_results", "batch_get_query", "get_named_query")
    ),
    Case(
        "EXECUTE without athena:GetPreparedStatement",
        ATHENA_PREPARED,
        False,
        [EVERYTHING, deny("athena:GetPreparedStatement", on="*")],
        "execute_prepared",
    ),
    Case("EXECUTE with athena:GetPreparedStatement", ATHENA_PREPARED, True, [EVERYTHING], "execute_prepared"),
]

GLUE = f"arn:aws:glue:us-east-1:{ACCOUNT}"
DATABASE, TABLE = f"{GLUE}:database/{{role}}", f"{GLUE}:table/{{role}}/one"
TABLE_CALLS = ("get_table", "get_tables", "batch_get_partition", "batch_delete_table", "get_partitions")
GLUE_CASES = [
    *(Case(f"a Deny on the table: {name}", GLUE_ARNS, False, [EVERYTHING, deny("glue:*", on=TABLE)], name) for name in TABLE_CALLS),
    *(Case(f"a Deny on the database: {name}", GLUE_ARNS, False, [EVERYTHING, deny("glue:*", on=DATABASE)], name) for name in TABLE_CALLS),
    *(
        Case(f"a Deny on the catalog: {name}", GLUE_ARNS, False, [EVERYTHING, deny("glue:*", on=f"{GLUE}:catalog")], name)
        for name in TABLE_CALLS
    ),
    *(
        Case(
            f"allowed on catalog, database and table: {name}",
            GLUE_ARNS,
            True,
            [allow("glue:*", on=[f"{GLUE}:catalog", DATABASE, TABLE])],
            name,
        )
        for name in TABLE_CALLS
    ),
    Case("allowed on the table alone", GLUE_ARNS, False, [allow("glue:*", on=TABLE)], "get_table"),
    Case(
        "BatchGetJobs with a Deny on one of the jobs",
        GLUE_ACTIONS,
        False,
        [EVERYTHING, deny("glue:*", on=f"{GLUE}:job/{{role}}")],
        "batch_get_jobs",
    ),
    Case("BatchGetJobs", GLUE_ACTIONS, True, [allow("glue:BatchGetJobs", on=f"{GLUE}:job/{{role}}")], "batch_get_jobs"),
    # Expected otherwise at first, from memory: the reference knows no resource type of GetJobs.
    Case(
        "GetJobs knows no jobs: a Deny on one does not count",
        GLUE_ACTIONS,
        True,
        [EVERYTHING, deny("glue:*", on=f"{GLUE}:job/{{role}}")],
        "get_jobs",
    ),
]

PUBLIC = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
ANONYMOUS_CASES = [
    Case("anybody reads what a bucket's policy lets everybody read", PRINCIPAL, True, [], "get_anonymously", [grant(to="*")]),
    Case("Principal AWS * is everybody too", PRINCIPAL, True, [], "get_anonymously", [grant(to="*") | {"Principal": {"AWS": "*"}}]),
    Case("nobody is let in without a policy", PUBLIC, False, [], "get_anonymously"),
    Case("a policy for the account lets nobody in", PRINCIPAL, False, [], "get_anonymously", [grant(to=ACCOUNT)]),
    Case("a Deny binds everybody", LOGIC, False, [], "get_anonymously", [grant(to="*"), deny_all()]),
    Case("RestrictPublicBuckets", PUBLIC, False, [], "get_anonymously_from_a_restricted_bucket", [grant(to="*")]),
    Case("BlockPublicPolicy", PUBLIC, False, [], "make_policy_public_in_a_blocked_bucket", [grant(to="*")]),
    Case("anybody lists only what s3:ListBucket lets", PRINCIPAL, False, [], "list_anonymously", [grant(to="*")]),
    Case(
        "anybody lists",
        PRINCIPAL,
        True,
        [],
        "list_anonymously",
        [{**grant(to="*", action="s3:ListBucket"), "Resource": BUCKET}],
    ),
    Case("anybody does not read a bucket's policy", PRINCIPAL, False, [], "get_policy_anonymously", [grant(to="*")]),
    Case(
        "a condition on the principal's account shuts strangers out",
        KEYS,
        False,
        [],
        "get_anonymously",
        [{**grant(to="*"), "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}],
    ),
    Case(
        "a condition on the address lets strangers in",
        KEYS,
        True,
        [],
        "get_anonymously",
        [{**grant(to="*"), "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}],
    ),
]

ALL_OF_S3 = allow("s3:*", on=[BUCKET, OBJECTS])
S3_KEY_CASES = [
    with_condition("aws:UserAgent", KEYS, True, {"StringLike": {"aws:UserAgent": "reader/*"}}, call="get_with_agent"),
    with_condition("another aws:UserAgent", KEYS, False, {"StringLike": {"aws:UserAgent": "writer/*"}}, call="get_with_agent"),
    with_condition("aws:Referer is absent", KEYS, False, {"StringLike": {"aws:Referer": "https://*"}}),
    with_condition("s3:signatureversion", S3_SIGNING, True, {"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}),
    with_condition(
        "s3:authType of a presigned address", S3_SIGNING, True, {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}, call="get_presigned"
    ),
    with_condition(
        "s3:signatureAge of a fresh address",
        S3_SIGNING,
        True,
        {"NumericLessThan": {"s3:signatureAge": "600000"}},
        call="get_presigned_with_a_date",
    ),
    Case(
        "a Deny of old signatures",
        S3_SIGNING,
        True,
        [READ, {**deny("s3:*"), "Condition": {"NumericGreaterThan": {"s3:signatureAge": "600000"}}}],
        "get_presigned_with_a_date",
    ),
    with_condition("s3:ResourceAccount", S3_KEYS, True, {"StringEquals": {"s3:ResourceAccount": ACCOUNT}}),
    with_condition(
        "s3:signatureAge of signature version 2 is 0",
        S3_SIGNING,
        True,
        {"NumericEquals": {"s3:signatureAge": "0"}},
        call="get_presigned",
    ),
    with_condition(
        "s3:signatureAge of a header is absent",
        S3_SIGNING,
        True,
        {"Null": {"s3:signatureAge": "true"}},
    ),
    Case(
        "s3:max-keys",
        S3_KEYS,
        True,
        [allow("s3:ListBucket", on=BUCKET, Condition={"NumericLessThanEquals": {"s3:max-keys": "10"}})],
        "list_ten",
    ),
    Case(
        "s3:max-keys, too many",
        S3_KEYS,
        False,
        [allow("s3:ListBucket", on=BUCKET, Condition={"NumericLessThanEquals": {"s3:max-keys": "9"}})],
        "list_ten",
    ),
    Case("s3:delimiter", S3_KEYS, True, [allow("s3:ListBucket", on=BUCKET, Condition={"StringEquals": {"s3:delimiter": "/"}})], "list_ten"),
    Case(
        "s3:delimiter is absent",
        S3_KEYS,
        False,
        [allow("s3:ListBucket", on=BUCKET, Condition={"StringEquals": {"s3:delimiter": "/"}})],
        "list",
    ),
    Case("GetObject with a version needs s3:GetObjectVersion", S3_KEYS, False, [READ], "get_version"),
    Case("GetObject with a version", S3_KEYS, True, [allow("s3:GetObjectVersion")], "get_version"),
    Case(
        "a Deny unless encryption is asked for, and it is not",
        S3_KEYS,
        False,
        [ALL_OF_S3, {**deny("s3:PutObject"), "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}}],
        "put_plain",
    ),
    Case(
        "a Deny unless encryption is asked for, and it is",
        S3_KEYS,
        True,
        [ALL_OF_S3, {**deny("s3:PutObject"), "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}}],
        "put_with_aes",
    ),
    Case(
        "a Deny unless encryption is KMS",
        S3_KEYS,
        False,
        [ALL_OF_S3, {**deny("s3:PutObject"), "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}],
        "put_with_aes",
    ),
    Case("DeleteObject is not PutObject", S3_KEYS, False, [allow("s3:PutObject")], "delete_one"),
    Case("DeleteObject", S3_KEYS, True, [allow("s3:DeleteObject")], "delete_one"),
    Case("a missing object is Forbidden without s3:ListBucket", S3_HEAD, False, [READ], "head_missing"),
    Case("a missing object is Not Found with s3:ListBucket", S3_HEAD, True, [READ, allow("s3:ListBucket", on=BUCKET)], "head_missing"),
]

VARIANT_CASES = [
    Case(
        "a variable in a bucket policy's Resource",
        VARIABLES,
        True,
        [],
        bucket=[{**grant(to=ROLE), "Resource": f"{BUCKET}/{TEAM}/*"}],
        tags={"team": "data"},
    ),
    Case(
        "another value in a bucket policy's Resource",
        VARIABLES,
        False,
        [],
        bucket=[{**grant(to=ROLE), "Resource": f"{BUCKET}/{TEAM}/*"}],
        tags={"team": "b"},
    ),
    Case("a variable of a session's tag", VARIABLES, True, [allow("s3:GetObject", on=f"{BUCKET}/{TEAM}/*")], session_tags={"team": "data"}),
    Case("a variable in a boundary", VARIABLES, False, boundary=[allow("s3:GetObject", on=f"{BUCKET}/{TEAM}/*")], tags={"team": "b"}),
    Case(
        "a variable in a boundary, with its value",
        VARIABLES,
        True,
        boundary=[allow("s3:GetObject", on=f"{BUCKET}/{TEAM}/*")],
        tags={"team": "data"},
    ),
    Case(
        "a variable in a session policy", VARIABLES, True, session=[allow("s3:GetObject", on=f"{BUCKET}/{TEAM}/*")], tags={"team": "data"}
    ),
    Case(
        "two variables in a Resource",
        VARIABLES,
        True,
        [allow("s3:GetObject", on=f"{BUCKET}/{TEAM}/${{aws:PrincipalTag/key}}")],
        tags={"team": "data", "key": "a"},
    ),
    Case(
        "names of variables know no letter case",
        VARIABLES,
        True,
        [allow("s3:GetObject", on=f"{BUCKET}/${{AWS:principaltag/TEAM}}/*")],
        tags={"team": "data"},
    ),
    Case("a default without white space", VARIABLES, True, [allow("s3:GetObject", on=f"{BUCKET}/${{aws:PrincipalTag/team,'data'}}/*")]),
    Case("a default in a Deny's Resource", VARIABLES, False, [READ, deny("s3:*", on=f"{BUCKET}/${{aws:PrincipalTag/team, 'data'}}/*")]),
    Case(
        "the account as a variable",
        VARIABLES,
        True,
        [{**READ, "Condition": {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}}],
    ),
    Case("aws:userid as a variable", VARIABLES, True, [{**READ, "Condition": {"StringEquals": {"aws:userid": "${aws:userid}"}}}]),
    Case("no variables in Action", VARIABLES, False, [allow("${aws:PrincipalTag/team}:GetObject")], tags={"team": "s3"}),
    with_condition("StringNotEqualsIfExists on an absent key", OPERATORS, True, {"StringNotEqualsIfExists": {"aws:PrincipalTag/no": "a"}}),
    with_condition(
        "StringNotEqualsIfExists on a present key",
        OPERATORS,
        False,
        {"StringNotEqualsIfExists": {"aws:PrincipalTag/t": "a"}},
        tags={"t": "a"},
    ),
    with_condition("StringNotLike", OPERATORS, True, {"StringNotLike": {"aws:PrincipalTag/t": "b*"}}, tags={"t": "abc"}),
    with_condition(
        "StringNotEqualsIgnoreCase", OPERATORS, False, {"StringNotEqualsIgnoreCase": {"aws:PrincipalTag/t": "B"}}, tags={"t": "b"}
    ),
    with_condition("StringLike knows letter case", OPERATORS, False, {"StringLike": {"aws:PrincipalTag/t": "B*"}}, tags={"t": "bc"}),
    with_condition("NumericEquals", OPERATORS, True, {"NumericEquals": {"aws:PrincipalTag/n": "10"}}, tags={"n": "10.0"}),
    with_condition("NumericNotEquals", OPERATORS, True, {"NumericNotEquals": {"aws:PrincipalTag/n": "9"}}, tags={"n": "10"}),
    with_condition(
        "NumericGreaterThanEquals", OPERATORS, True, {"NumericGreaterThanEquals": {"aws:PrincipalTag/n": "10"}}, tags={"n": "10"}
    ),
    with_condition("numbers are compared as numbers", OPERATORS, True, {"NumericLessThan": {"aws:PrincipalTag/n": "10"}}, tags={"n": "9"}),
    with_condition("a number that is none", OPERATORS, False, {"NumericLessThan": {"aws:PrincipalTag/n": "10"}}, tags={"n": "few"}),
    with_condition(
        "DateEquals with another zone",
        OPERATORS,
        True,
        {"DateEquals": {"aws:PrincipalTag/d": "2024-01-01T00:00:00Z"}},
        tags={"d": "2024-01-01T01:00:00+01:00"},
    ),
    with_condition(
        "a date as seconds", OPERATORS, True, {"DateLessThan": {"aws:PrincipalTag/d": "2024-01-01T00:00:00Z"}}, tags={"d": "1000"}
    ),
    with_condition("Bool in any letter case", OPERATORS, True, {"Bool": {"aws:SecureTransport": "True"}}),
    with_condition("Bool as JSON's", OPERATORS, True, {"Bool": {"aws:SecureTransport": True}}),
    with_condition("ArnNotLike", OPERATORS, False, {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
    with_condition("ArnEquals takes wildcards", OPERATORS, True, {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}),
    with_condition("StringEquals takes none", OPERATORS, False, {"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}),
    with_condition("operators know no letter case", OPERATORS, True, {"stringequals": {"aws:PrincipalTag/t": "b"}}, tags={"t": "b"}),
    with_condition(
        "Null with several", OPERATORS, True, {"Null": {"aws:PrincipalTag/t": "false", "aws:PrincipalTag/no": "true"}}, tags={"t": "b"}
    ),
    with_condition("IpAddress of one", OPERATORS, True, {"IpAddress": {"aws:SourceIp": "127.0.0.1"}}),
    with_condition("NotIpAddress that holds it", OPERATORS, False, {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
    with_condition(
        "several blocks must all hold",
        OPERATORS,
        False,
        {"StringEquals": {"aws:PrincipalTag/t": "b"}, "Bool": {"aws:SecureTransport": "false"}},
        tags={"t": "b"},
    ),
    with_condition(
        "ForAllValues of a negated operator on an absent key", SET_OPERATORS, True, {"ForAllValues:StringNotEquals": {"aws:TagKeys": "a"}}
    ),
    with_condition(
        "ForAnyValue of a negated operator on an absent key", SET_OPERATORS, False, {"ForAnyValue:StringNotEquals": {"aws:TagKeys": "a"}}
    ),
    Case(
        "NotPrincipal of an Allow is not supported",
        NOT_PRINCIPAL,
        False,
        [],
        bucket=[
            {
                "Effect": "Allow",
                "NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"},
                "Action": "s3:GetObject",
                "Resource": OBJECTS,
            }
        ],
    ),
    Case(
        "NotPrincipal excepts nobody who has a boundary",
        NOT_PRINCIPAL,
        False,
        bucket=[deny_all_but(ROLE, SESSION, f"arn:aws:iam::{ACCOUNT}:root")],
        boundary=[EVERYTHING],
    ),
    Case("Principal is a list", PRINCIPAL, True, [], bucket=[grant(to=[f"arn:aws:iam::{ACCOUNT}:role/other", ROLE])]),
    Case("Principal is the root's ARN: the identity must allow", PRINCIPAL, False, [], bucket=[grant(to=f"arn:aws:iam::{ACCOUNT}:root")]),
    Case(
        "Principal is the root's ARN, and the identity allows", PRINCIPAL, True, [READ], bucket=[grant(to=f"arn:aws:iam::{ACCOUNT}:root")]
    ),
    Case("a bucket's Deny to the session", PRINCIPAL, False, bucket=[{**deny_all(), "Principal": {"AWS": SESSION}}]),
    Case("a bucket's Deny to the role binds its sessions", PRINCIPAL, False, bucket=[{**deny_all(), "Principal": {"AWS": ROLE}}]),
    Case("a bucket's Deny to the account binds its roles", PRINCIPAL, False, bucket=[{**deny_all(), "Principal": {"AWS": ACCOUNT}}]),
    Case("a bucket's Deny to another account", PRINCIPAL, True, bucket=[{**deny_all(), "Principal": {"AWS": "111111111111"}}]),
    Case(
        "a bucket's NotAction",
        ACTION,
        False,
        bucket=[{"Effect": "Deny", "Principal": "*", "NotAction": "s3:List*", "Resource": [BUCKET, OBJECTS]}],
    ),
    Case("boundary and session policy must both allow", LOGIC, False, boundary=[READ], session=[allow("sqs:*", on="*")]),
    Case("boundary and session policy both allow", LOGIC, True, boundary=[READ], session=[READ]),
    Case("a session policy's Deny", LOGIC, False, session=[EVERYTHING, deny("s3:GetObject")]),
    Case("a session policy alone allows nothing", LOGIC, False, [], session=[EVERYTHING]),
    Case("everybody, beyond the boundary", BOUNDARIES, False, [], bucket=[grant(to="*")], boundary=[allow("sqs:*", on="*")]),
]

OWN_TEAM = {"StringEquals": {"aws:ResourceTag/team": TEAM}}
OTHER_TEAM = {"StringNotEquals": {"aws:ResourceTag/team": TEAM}}
RESOURCE_TAG_CASES = [
    Case(
        "events into a stream of the name",
        LOG_STREAMS,
        True,
        [allow("logs:PutLogEvents", on=LOG_GROUP + ":log-stream:one*")],
        "put_log_events",
    ),
    Case(
        "events into a stream of another name",
        LOG_STREAMS,
        False,
        [allow("logs:PutLogEvents", on=LOG_GROUP + ":log-stream:other*")],
        "put_log_events",
    ),
    of_stream("events into any stream of the group", True, "PutLogEvents", ":*"),
    of_stream("events: the group is no stream", False, "PutLogEvents", ""),
    Case(
        "a new stream of the name",
        LOG_STREAMS,
        True,
        [allow("logs:CreateLogStream", on=LOG_GROUP + ":log-stream:two*")],
        "create_log_stream",
    ),
    Case(
        "a new stream of another name",
        LOG_STREAMS,
        False,
        [allow("logs:CreateLogStream", on=LOG_GROUP + ":log-stream:one*")],
        "create_log_stream",
    ),
    of_stream("a new stream of the group", True, "CreateLogStream", ":*"),
    Case(
        "events out of a stream of another name",
        LOG_STREAMS,
        False,
        [allow("logs:GetLogEvents", on=LOG_GROUP + ":log-stream:other*")],
        "get_log_events",
    ),
    Case(
        "events out of a stream of the name",
        LOG_STREAMS,
        True,
        [allow("logs:GetLogEvents", on=LOG_GROUP + ":log-stream:one")],
        "get_log_events",
    ),
    Case("a queue of the role's own tag", SQS_TAGS, True, [allow("sqs:*", on="*", Condition=OWN_TEAM)], "send_tagged", tags={"team": "a"}),
    Case("a queue of another tag", SQS_TAGS, False, [allow("sqs:*", on="*", Condition=OWN_TEAM)], "send_tagged", tags={"team": "b"}),
    Case("no tag of one's own", SQS_TAGS, False, [allow("sqs:*", on="*", Condition=OWN_TEAM)], "send_tagged"),
    Case(
        "a Deny unless the tags are equal, and they are",
        SQS_TAGS,
        True,
        [EVERYTHING, deny("sqs:*", on="*", Condition=OTHER_TEAM)],
        "send_tagged",
        tags={"team": "a"},
    ),
    Case(
        "a Deny unless the tags are equal, and they are not",
        SQS_TAGS,
        False,
        [EVERYTHING, deny("sqs:*", on="*", Condition=OTHER_TEAM)],
        "send_tagged",
        tags={"team": "b"},
    ),
    Case("a queue's policy asks for the tag that the queue has", SQS_TAGS, True, [], "notify_tagged", tags={"team": "a"}),
    Case("a queue's policy asks for another tag", SQS_TAGS, False, [], "notify_tagged", tags={"team": "b"}),
]

COPY = [allow("s3:*", on=[BUCKET, OBJECTS])]
COPY_CASES = [
    Case(
        "a Deny by the tags of a copy's source",
        S3_TAGS,
        False,
        [*COPY, {**deny("s3:GetObject"), "Condition": {"StringEquals": {"s3:ExistingObjectTag/class": "secret"}}}],
        "copy",
    ),
    Case("copying a tagged object without s3:GetObjectTagging", S3_COPY, False, [allow("s3:GetObject", "s3:PutObject*")], "copy"),
    Case("copying a tagged object without s3:PutObjectTagging", S3_COPY, False, [allow("s3:GetObject*", "s3:PutObject")], "copy"),
    Case("writing with tags without s3:PutObjectTagging", S3_TAGS, False, [allow("s3:PutObject")], "put_tagged"),
    Case("writing with tags", S3_TAGS, True, [allow("s3:PutObject", "s3:PutObjectTagging")], "put_tagged"),
    Case(
        "a Deny by the tags that are written",
        S3_TAGS,
        False,
        [*COPY, {**deny("s3:PutObject"), "Condition": {"StringEquals": {"s3:RequestObjectTag/class": "secret"}}}],
        "put_tagged",
    ),
    Case(
        "a Deny unless certain tags are written",
        S3_TAGS,
        False,
        [*COPY, {**deny("s3:PutObject"), "Condition": {"ForAnyValue:StringNotEquals": {"s3:RequestObjectTagKeys": ["team"]}}}],
        "put_tagged",
    ),
]


CASES = [
    *VARIABLE_CASES,
    *PRINCIPAL_CASES,
    *TAG_CASES,
    *MFA_CASES,
    *LOGIC_CASES,
    *CONDITION_CASES,
    *SEVERAL_OBJECTS_CASES,
    *PASS_ROLE_CASES,
    *STACK_CASES,
    *KEY_CASES,
    *ATHENA_CASES,
    *GLUE_CASES,
    *RESOURCE_TAG_CASES,
    *ANONYMOUS_CASES,
    *S3_KEY_CASES,
    *VARIANT_CASES,
    *COPY_CASES,
]
