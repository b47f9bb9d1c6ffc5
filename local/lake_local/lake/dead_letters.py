"""Dead letters: what the lake's functions could not process, after all tries.

A letter comes from a queue (an event of a stream that failed as often as the queue allows), from a function (an asynchronous invocation
that failed, with what it was and what the function answered), or from a rule (an event that found no target).

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from ..errors import OperationFailed, UserError
from .client import Lake
from .logs import function_group
from .model import Model, Stream

# While letters are looked at, nobody else gets them; SQS shows them again after this.
_HELD_SECONDS = 120
_LONGEST_REASON = 400
_TOLD = ("id", "source", "origin", "objects", "sent", "reason")


@dataclass
class Letter:
    """One dead letter."""

    id: str
    source: str  # queue, function, rule, unknown
    origin: str  # the stream's name, or the function's, or the rule's
    objects: list[str]
    sent: str | None
    reason: str | None
    body: str = field(repr=False)
    receipt: str = field(repr=False)
    function: str | None = None  # that failed, if one did
    queue_arn: str = ""  # of the queue that it comes from

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name in _TOLD}


@dataclass
class Outcome:
    """What became of a letter that was run again."""

    letter: Letter
    ok: bool
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {**self.letter.as_dict(), "ok": self.ok, "error": self.error}


class DeadLetters:
    """The dead letters of one lake."""

    def __init__(self, lake: Lake, model: Model | None = None) -> None:
        self._lake = lake
        self._model = model or lake.model()
        if not self._model.dead_letter_queue:
            raise UserError("the lake has no dead-letter queue: deploy an app that has one")
        self._url = self._model.dead_letter_queue
        self._sqs = lake.client("sqs")
        self._arns: dict[str, Stream] = {}

    @contextmanager
    def held(self) -> Iterator[list[Letter]]:
        """Yield all letters, with their reasons; those that are not removed in the block are back in the queue after it."""
        messages = self._receive()
        try:
            yield sorted((self._letter(message) for message in messages), key=lambda letter: letter.sent or "")
        finally:
            for message in messages:
                # Those that were removed are gone.
                with suppress(ClientError):
                    self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)

    def replay(self, letter: Letter) -> Outcome:
        """Run a letter against the code that is deployed now, and wait for it; remove the letter if that succeeds."""
        try:
            function, payload = self._call(letter)
        except OperationFailed as refused:
            return Outcome(letter, False, str(refused))
        answer = self._lake.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        content = answer["Payload"].read().decode("utf-8", "replace")
        error = _failure(answer.get("FunctionError"), content)
        if error == "reported":
            error = self._logged(letter) or "the function reports that the message failed: see its log"
        if error is None:
            self.discard(letter)
        return Outcome(letter, error is None, error)

    def discard(self, letter: Letter) -> None:
        """Delete a letter."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

    def _receive(self) -> list[dict[str, Any]]:
        """Return all messages that can be seen, each once."""
        found: dict[str, dict[str, Any]] = {}
        while True:
            batch = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=_HELD_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            new = [message for message in batch if message["MessageId"] not in found]
            found.update((message["MessageId"], message) for message in new)
            if not new:
                return list(found.values())

    def _letter(self, message: dict[str, Any]) -> Letter:
        system, body = message.get("Attributes", {}), message["Body"]
        content = _json(body)
        own = {name: value.get("StringValue") for name, value in message.get("MessageAttributes", {}).items()}
        letter = Letter(message["MessageId"], "unknown", "", [], _time(system.get("SentTimestamp")), None, body, message["ReceiptHandle"])
        if stream := self._stream(system.get("DeadLetterQueueSourceArn")):
            letter.source, letter.origin, letter.objects = "queue", f"{stream.zone}/{stream.name}", _objects(content)
            letter.function, letter.queue_arn = stream.function, system["DeadLetterQueueSourceArn"]
            letter.reason = self._logged(letter)
        elif "requestPayload" in content and "requestContext" in content:
            letter.function = content["requestContext"].get("functionArn", "").split(":function:")[-1].split(":")[0]
            letter.source, letter.origin = "function", self._name_of(letter.function)
            letter.objects = _objects(content["requestPayload"])
            answer = content.get("responsePayload") or {}
            letter.reason = _reason(answer) or content["requestContext"].get("condition")
        elif "RULE_ARN" in own:
            letter.source, letter.origin, letter.objects = "rule", str(own["RULE_ARN"]).rpartition("/")[2], _objects(content)
            letter.reason = f"{own.get('ERROR_CODE')}: {own.get('ERROR_MESSAGE')}"
        return letter

    def _stream(self, arn: str | None) -> Stream | None:
        """Return the stream of whose queue a letter comes."""
        if arn and not self._arns:
            for stream in self._model.streams:
                attributes = self._sqs.get_queue_attributes(QueueUrl=stream.queue_url, AttributeNames=["QueueArn"])["Attributes"]
                self._arns[attributes["QueueArn"]] = stream
        return self._arns.get(arn or "")

    def _name_of(self, function: str) -> str:
        """Return the name of a function for people: its stream's, else its own."""
        return next((f"{stream.zone}/{stream.name}" for stream in self._model.streams if stream.function == function), function)

    def _call(self, letter: Letter) -> tuple[str, Any]:
        """Return the function that a letter is for, and the event to invoke it with."""
        if letter.function and letter.source == "function":
            return letter.function, _json(letter.body)["requestPayload"]
        if letter.function:
            record = {
                "messageId": letter.id,
                "receiptHandle": letter.receipt,
                "body": letter.body,
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "0", "ApproximateFirstReceiveTimestamp": "0"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": letter.queue_arn,
                "awsRegion": self._lake.region,
            }
            return letter.function, {"Records": [record]}
        raise OperationFailed(
            f"letter {letter.id} is from {letter.source} {letter.origin}, for which no function can be run: "
            f"do by hand what it was about (`lake run` brings new files of tables), then `lake dlq discard {letter.id[:8]}`"
        )

    def _logged(self, letter: Letter) -> str | None:
        """Return the last error that the function of a letter has logged of its message or its objects."""
        if not letter.function:
            return None
        logs = self._lake.client("logs")
        try:
            group = function_group(self._lake, letter.function)
        except ClientError:
            return None
        since = int(datetime.fromisoformat(letter.sent).timestamp() * 1000) if letter.sent else 0
        for term in (letter.id, *(uri.split("/", 3)[-1] for uri in letter.objects[:1])):
            for text in reversed(_mentions(logs, group, term, since)):
                if reason := _reason(_json(text)):
                    return reason
        return None


def _mentions(logs: Any, group: str, term: str, since: int) -> list[str]:
    """Return the lines of a log group that have a term in them, in order of time."""
    pattern = '"' + term.replace("\\", "\\\\").replace('"', '\\"') + '"'
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern=pattern, startTime=since)
        found = [event for page in pages for event in page["events"]]
    except ClientError:
        # No such group yet, or no right to read it: the letter goes without its reason.
        return []
    return [event["message"] for event in sorted(found, key=lambda event: event["timestamp"])]


def _failure(kind: str | None, content: str) -> str | None:
    """Return why an invocation failed, `reported` if the function only says that the message did, None if it succeeded."""
    answer = _json(content)
    if kind:
        return _reason(answer) or content[:_LONGEST_REASON] or kind
    return "reported" if answer.get("batchItemFailures") else None


def _reason(answer: dict[str, Any]) -> str | None:
    """Return the error of a function's answer, or of an entry of its log, in one line; None if it is none."""
    message = answer.get("errorMessage") or answer.get("error")
    return _line(answer.get("errorType"), message) if message else None


def _line(kind: Any, message: Any) -> str:
    text = " ".join(": ".join(str(part) for part in (kind, message) if part).split())
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"


def _objects(event: dict[str, Any]) -> list[str]:
    """Return the S3 URIs of the objects that an event of S3, SQS or EventBridge is about."""
    found = []
    for record in event.get("Records") or []:
        if "s3" in record:
            found.append(f"s3://{record['s3']['bucket']['name']}/{unquote_plus(record['s3']['object']['key'])}")
        elif "body" in record:
            found += _objects(_json(record["body"]))
    detail = event.get("detail") or {}
    if "bucket" in detail and "object" in detail:
        found.append(f"s3://{detail['bucket']['name']}/{detail['object']['key']}")
    return found


def _json(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _time(milliseconds: str | None) -> str | None:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).isoformat(timespec="seconds") if milliseconds else None
