"""A run that ends tells EventBridge: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html"""

from __future__ import annotations

import json

import pytest

from ..waiting import until
from .conftest import Glue


@pytest.mark.parametrize(
    ("script", "state", "severity", "message"),
    [
        ("print('done')", "SUCCEEDED", "INFO", "Job run succeeded"),
        ("raise ValueError('no such column')", "FAILED", "ERROR", "ValueError: no such column"),
    ],
)
def test_a_rule_gets_the_end_of_a_run(glue: Glue, script: str, state: str, severity: str, message: str) -> None:
    job = glue.job(script, command="pythonshell")
    events, queues = glue.lake.client("events"), glue.lake.client("sqs")
    name = f"ends-{state.lower()}"
    queue = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = events.put_rule(
        Name=name,
        EventPattern=json.dumps(
            {"source": ["aws.glue"], "detail-type": ["Glue Job State Change"], "detail": {"jobName": [job], "state": [state]}}
        ),
    )["RuleArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    queues.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})})
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])

    run = glue.run(job)

    [letter] = until(lambda: queues.receive_message(QueueUrl=queue).get("Messages"), 20, "the event")
    detail = json.loads(letter["Body"])["detail"]
    assert message in detail.pop("message")
    assert detail == {"jobName": job, "jobRunId": run["Id"], "state": state, "severity": severity}
