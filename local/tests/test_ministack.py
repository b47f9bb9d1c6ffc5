"""The one door to MiniStack: nobody else imports it, and each name that it touches is as the pinned version has it.

After an upgrade, each failure names what has changed: read the new source, mend the door, then change the line here.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import lake_local
import pytest

PACKAGE = Path(lake_local.__file__).parent
DOOR = PACKAGE / "cloud" / "ministack"

# What MiniStack 1.5.33 has: the parameters of what is called, the type of what is looked into.
PINNED = {
    "app.SERVICE_HANDLERS": "dict",
    "app._IncompleteRequestBody": "type",
    "app._RequestBodyDisconnected": "type",
    "app._build_persistence_save_dict": "()",
    "app._credential_failure": "(service, iam_action, request_id, denied, headers)",
    "app._decode_aws_chunked_body": "(body, headers)",
    "app._read_request_body": "(receive, method, headers)",
    "app.app": "(scope, receive, send)",
    "app.pin_signed_body": "(body)",
    "core.arn.parse_arn": "(value)",
    "core.iam_actions.SERVICE_TO_IAM_NAMESPACE": "dict",
    "core.iam_actions._QUERY_XML_NS": "dict",
    "core.iam_actions._SERVICE_PROTOCOL": "dict",
    "core.iam_actions.access_denied_response": "(service, action, principal_arn, request_id, *, error_code='', message='', headers=None,"
    " resource_arn='*', explicit_deny=False, resource_policy_arn='')",
    "core.iam_actions.anonymous_denial_message": "(service, iam_action, resource_arn)",
    "core.iam_actions.extract_resource_arn": "(service, method, path, headers, body, query_params, region, account_id)",
    "core.iam_actions.identity_denial_message": "(action, principal_arn, resource, explicit_deny)",
    "core.iam_evaluator.AuthError": "(code, message, details=<factory>)",
    "core.iam_evaluator.CredentialResolutionError": "(code, message)",
    "core.iam_evaluator.EvalResult": "(decision, principal_arn='', matched_sid='', reason='', resource_policy_arn='')",
    "core.iam_evaluator._ALWAYS_ALLOWED_ACTIONS": "frozenset",
    "core.iam_evaluator._RESOURCE_POLICY_LOOKUPS": "dict",
    "core.iam_evaluator._anonymous": "ContextVar",
    "core.iam_evaluator._is_root_key": "(access_key_id)",
    "core.iam_evaluator._principal_keys": "(credential)",
    "core.iam_evaluator._request_origin": "ContextVar",
    "core.iam_evaluator._resolve_managed_policy_document": "(policy_arn, account_id)",
    "core.iam_evaluator._s3_presigned_query": "(query_params)",
    "core.iam_evaluator._s3_scope_failure": "(service)",
    "core.iam_evaluator._served_unsigned": "(service, iam_action)",
    "core.iam_evaluator.authenticate": "(access_key_id, account_id)",
    "core.iam_evaluator.enforce": "(access_key_id, iam_action, service, region, resource_arn='*', service_context=None)",
    "core.iam_evaluator.evaluate_resource_policy": "(doc, ctx, service=None, named_only=False, direct_only=False)",
    "core.iam_evaluator.evaluate_trust_policy": "(trust_doc, caller_arn, ctx=None)",
    "core.iam_evaluator.is_root_access_key": "(access_key_id)",
    "core.iam_evaluator.pin_request_origin": "(source_ip, secure_transport)",
    "core.iam_evaluator.pin_signed_body": "(body)",
    "core.iam_evaluator.pin_signed_request": "(method, raw_path, query_params, raw_headers, handshake=False)",
    "core.iam_evaluator.resolve_credential": "(access_key_id, account_id=None, session_token=<object>)",
    "core.iam_evaluator.resolve_principal": "(access_key_id, account_id, credential=None)",
    "core.lambda_runtime.execution_credentials": "(config)",
    "core.lambda_runtime.invalidate_worker": "(func_name, qualifier=None, account=None, region=None)",
    "core.lambda_runtime.reset": "()",
    "core.lambda_runtime.subprocess": "module",
    "core.persistence.STATE_DIR": "str",
    "core.persistence._json_default": "(obj)",
    "core.persistence._state_format_version": "(service)",
    "core.responses.StreamingResponse": "(runner)",
    "core.responses._account_from_sts_session": "(access_key_id)",
    "core.responses.get_account_id": "()",
    "core.responses.get_region": "()",
    "core.responses.set_request_account_id": "(access_key_id)",
    "core.responses.set_request_region": "(region)",
    "core.router.SERVICE_PATTERNS": "dict",
    "core.router.detect_service": "(method, path, headers, query_params)",
    "core.router.extract_access_key_id": "(headers, query_params=None)",
    "services.athena._ensure_default_workgroup": "()",
    "services.athena._named_queries": "AccountRegionScopedDict",
    "services.athena._prepared_statements": "AccountRegionScopedDict",
    "services.athena._workgroups": "AccountRegionScopedDict",
    "services.cloudformation._stacks": "AccountRegionScopedDict",
    "services.cloudformation.custom_resource._pending": "dict",
    "services.cloudformation.custom_resource.deliver_response": "(token, response)",
    "services.cloudformation.drift._DRIFT_READERS": "dict",
    "services.cloudformation.provisioners._CUSTOM_NAME_REPLACEMENT": "dict",
    "services.cloudformation.provisioners._REPLACING_PROPERTIES": "dict",
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.cloudformation.provisioners._STACK_TAG_PROPERTY": "dict",
    "services.cloudformation.provisioners._delete_predecessor": "(delete_fn, *args, **kwargs)",
    "services.cloudformation.provisioners._ec2_sg_permissions": "(rules)",
    "services.cloudformation.provisioners._physical_name": "(stack_name, logical_id, *, lowercase=False, max_len=128, seeded=True)",
    "services.cloudformation.provisioners._seeded_create": "(create_fn, logical_id, props, stack_name)",
    "services.cloudformation.provisioners.s3_bucket_name_conflict": "(name)",
    "services.cloudtrail._DEFAULT_EVENT_SELECTORS": "list",
    "services.cloudtrail._DISPATCH": "dict",
    "services.cloudtrail._event_selectors": "AccountRegionScopedDict",
    "services.cloudtrail._trails": "AccountRegionScopedDict",
    "services.cloudwatch._alarms": "AccountRegionScopedDict",
    "services.cloudwatch._calc_stats": "(points)",
    "services.cloudwatch._dims_key": "(dims)",
    "services.cloudwatch._dispatch_alarm_actions": "(alarm, old_state, new_state, reason)",
    "services.cloudwatch._evaluate_alarm": "(alarm)",
    "services.cloudwatch._evaluate_parent_alarms": "(child, seen=frozenset())",
    "services.cloudwatch._metrics": "AccountRegionScopedDict",
    "services.cloudwatch._record_history": "(alarm_name, old_state, new_state, reason, alarm_type='MetricAlarm', reason_data=None)",
    "services.cloudwatch._stat_value": "(stats, stat_name, points=None)",
    "services.cloudwatch.record_metric": "(namespace, metric_name, value, unit='None', dimensions=None)",
    "services.cloudwatch_logs._delete_log_group": "(data)",
    "services.cloudwatch_logs._metric_filters": "AccountRegionScopedDict",
    "services.cloudwatch_logs._put_log_events": "(data)",
    "services.cloudwatch_logs._put_metric_filter": "(data)",
    "services.ec2._addresses": "AccountRegionScopedDict",
    "services.ec2._dhcp_options": "AccountRegionScopedDict",
    "services.ec2._flow_logs": "AccountRegionScopedDict",
    "services.ec2._nat_gateways": "AccountRegionScopedDict",
    "services.ec2._now_ts": "()",
    "services.ec2._route_tables": "AccountRegionScopedDict",
    "services.ec2._security_groups": "AccountRegionScopedDict",
    "services.ec2._subnets": "AccountRegionScopedDict",
    "services.ec2._tags": "AccountRegionScopedDict",
    "services.ec2._vpc_endpoints": "AccountRegionScopedDict",
    "services.ec2._vpcs": "AccountRegionScopedDict",
    "services.eventbridge._NoFollowRedirect": "()",
    "services.eventbridge._api_dest_opener": "OpenerDirector",
    "services.eventbridge._dispatch_to_sqs": "(spec, payload, sqs_parameters=None)",
    "services.eventbridge._invoke_target": "(target, event, rule, view=None)",
    "services.eventbridge._pattern_event_view": "(event)",
    "services.eventbridge._put_events": "(data, allow_aws_source=False)",
    "services.glue._connections": "AccountRegionScopedDict",
    "services.glue._create_connection": "(data)",
    "services.glue._tables": "AccountRegionScopedDict",
    "services.iam._group_inline_policies": "AccountScopedDict",
    "services.iam._groups": "AccountScopedDict",
    "services.iam._mfa_devices": "AccountScopedDict",
    "services.iam._roles": "AccountScopedDict",
    "services.iam._user_inline_policies": "AccountScopedDict",
    "services.iam._users": "AccountScopedDict",
    "services.kms._grants": "AccountRegionScopedDict",
    "services.kms._resolve_key": "(key_id_or_arn)",
    "services.lambda_svc._execute_function_with_config_scope": "(func, event)",
    "services.lambda_svc._functions": "AccountRegionScopedDict",
    "services.lambda_svc._get_func_record_for_ref": "(function_ref)",
    "services.lambda_svc.execution_credentials": "(config)",
    "services.lambda_svc.subprocess": "module",
    "services.rds_data.handle_request": "(method, path, headers, body, query_params)",
    "services.s3._atomic_write": "(fpath, data, *, text=False)",
    "services.s3._bucket_encryption": "AccountScopedDict",
    "services.s3._bucket_logging_config": "AccountScopedDict",
    "services.s3._bucket_owner_account": "(name)",
    "services.s3._bucket_versioning": "AccountScopedDict",
    "services.s3._buckets": "AccountScopedDict",
    "services.s3._complete_multipart_upload": "(bucket_name, key, body, query_params, headers=None)",
    "services.s3._compute_s3_checksum": "(algorithm, body)",
    "services.s3._delete_bucket": "(name)",
    "services.s3._delete_bucket_encryption": "(name)",
    "services.s3._delete_bucket_lifecycle": "(name)",
    "services.s3._delete_bucket_ownership_controls": "(name)",
    "services.s3._delete_bucket_tagging": "(name)",
    "services.s3._fire_s3_event_async": "(bucket_name, key, event_name, size=0, etag='', deletion_type=None, version_id=None,"
    " object_extra=None, record_extra=None)",
    "services.s3._get_object": "(bucket_name, key, headers, query_params=None)",
    "services.s3._get_object_data": "(bucket_name, key, version_id=None)",
    "services.s3._head_object": "(bucket_name, key, headers=None, query_params=None)",
    "services.s3._multipart_uploads": "AccountScopedDict",
    "services.s3._object_disk_path": "(bucket, key, account_id=None)",
    "services.s3._object_versions": "AccountScopedDict",
    "services.s3._persist_object": "(bucket, key, obj)",
    "services.s3._put_bucket_encryption": "(name, body)",
    "services.s3._put_bucket_lifecycle": "(name, body)",
    "services.s3._put_bucket_logging": "(name, body)",
    "services.s3._put_bucket_ownership_controls": "(name, body)",
    "services.s3._put_bucket_tagging": "(name, body)",
    "services.s3._qp": "(params, key, default='')",
    "services.s3._read_body": "(bucket_name, key, obj)",
    "services.s3._resolve_sse_write_headers": "(headers, bucket_name)",
    "services.s3._stored_sse_headers": "(obj)",
    "services.s3._upload_part_copy": "(bucket_name, dest_key, query_params, headers)",
    "services.s3._validate_content_md5": "(headers, body)",
    "services.s3._verify_presigned_sigv4": "(method, path, headers, query_params)",
    "services.s3._version_body": "(bucket, bucket_name, key, v)",
    "services.s3._version_disk_path": "(bucket, key, version_id, account_id=None)",
    "services.s3._version_file_exists": "(bucket_name, key, version_id, account_id=None)",
    "services.s3.handle_request": "(method, path, headers, body, query_params, signed_path=None, enforce_bucket_region=True,"
    " internal=False, access_point_region=None, access_point=None)",
    "services.s3.md5_hash": "(data)",
    "services.s3.object_tags_for_condition": "(bucket_name, key, query_params)",
    "services.secretsmanager._delete_resource_policy": "(data)",
    "services.secretsmanager._put_resource_policy": "(data)",
    "services.secretsmanager._resolve": "(secret_id, *, use_arn_scope=False)",
    "services.secretsmanager._secrets": "AccountRegionScopedDict",
    "services.secretsmanager.create_secret_in_process": "(name, secret_string, description='')",
    "services.secretsmanager.delete_secret_in_process": "(secret_id)",
    "services.secretsmanager.put_secret_value_in_process": "(secret_id, secret_string)",
    "services.secretsmanager.resolve_secret_string": "(secret_id, version_stage='AWSCURRENT', version_id=None)",
    "services.sqs._queue_by_arn": "(arn)",
    "services.sqs._queues": "AccountRegionScopedDict",
    "services.sqs.queue_policy_allows": "(queue_arn, service, source_arn, source_account)",
    "services.stepfunctions._AWS_SDK_ERROR_PREFIX": "dict",
    "services.stepfunctions._AWS_SDK_SERVICE_MAP": "dict",
    "services.sts._sessions": "dict",
    "services.sts.is_root_access_key": "(access_key_id)",
    "services.sts.register_session": "(access_key, session)",
    "services.tagging.resource_tags": "(arn)",
}


def imports(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """(module, name, alias) of each `from ministack... import name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "ministack":
            for alias in node.names:
                yield node.module or "", alias.name, alias.asname or alias.name


def is_module(module: str, name: str) -> bool:
    found = importlib.import_module(module)
    return hasattr(found, "__path__") and importlib.util.find_spec(f"{module}.{name}") is not None


def touched(tree: ast.AST) -> set[str]:
    """Every name of MiniStack that a module of the door touches, as `services.s3._buckets`."""
    found, modules = set(), {}
    for module, name, alias in imports(tree):
        if is_module(module, name):
            modules[alias] = f"{module}.{name}"
        else:
            found.add(f"{module}.{name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            found.add(f"{modules[node.value.id]}.{node.attr}")
    return {name.removeprefix("ministack.") for name in found}


def shape(name: str) -> str:
    """A function's parameters with their defaults (annotations and addresses left out), or the type of what is no function."""
    module, _, attribute = f"ministack.{name}".rpartition(".")
    value = getattr(importlib.import_module(module), attribute)
    if not callable(value) or (isinstance(value, type) and issubclass(value, Exception) and value.__init__ is Exception.__init__):
        return type(value).__name__
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in inspect.signature(value).parameters.values()]
    return re.sub(r"<object object at \w+>", "<object>", str(inspect.Signature(plain)))


def all_touched() -> set[str]:
    return set().union(*(touched(ast.parse(path.read_text(encoding="utf-8"))) for path in DOOR.glob("*.py")))


def test_every_name_that_the_door_touches_is_pinned() -> None:
    assert all_touched() == set(PINNED)


@pytest.mark.parametrize("name", sorted(PINNED))
def test_a_name_is_as_pinned(name: str) -> None:
    assert shape(name) == PINNED[name]


def test_nobody_else_imports_ministack() -> None:
    others = [path for path in PACKAGE.rglob("*.py") if DOOR not in path.parents]
    importing = {
        str(path.relative_to(PACKAGE))
        for path in others
        if re.search(r"^\s*(import|from) ministack\b|[\"']ministack\.\w", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(others) > 100 and importing == set()
