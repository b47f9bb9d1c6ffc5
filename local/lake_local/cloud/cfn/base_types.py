"""What MiniStack's own CloudFormation types come to, as far as a lake uses them."""

from __future__ import annotations

from lake_local.fidelity import Entry

FIDELITY = [
    Entry("AWS::Athena::WorkGroup", "run", "With its enforced result location."),
    Entry("AWS::CloudWatch::Dashboard", "differs", "Kept, and shown by CloudWatch's API. Nothing draws it."),
    Entry(
        "AWS::Events::Rule",
        "differs",
        "Event patterns and schedules; targets SQS, SNS, Lambda, Step Functions, other buses, and Glue workflows. A rule delivers to a "
        "queue without asking the policy of the queue or of its key.",
    ),
    Entry("AWS::Glue::Database", "run", "The catalog that jobs, crawlers and queries share."),
    Entry("AWS::Glue::Table", "run", "In the catalog that jobs, crawlers and queries share."),
    Entry("AWS::IAM::ManagedPolicy", "run", "Enforced on every call."),
    Entry("AWS::IAM::Policy", "run", "Enforced on every call."),
    Entry("AWS::IAM::Role", "run", "Trust policies, inline and attached policies, permissions boundaries and session tags are enforced."),
    Entry("AWS::KMS::Alias", "run", "Names a key."),
    Entry(
        "AWS::KMS::Key",
        "differs",
        "Objects and queues are not encrypted on this machine's disk. Who reads or writes them must be allowed to use the key, by its "
        "policy or a grant, and the key must be enabled; `kms:ViaService` and the encryption context are as on AWS. A function's event "
        "source, log groups, bookmarks and secrets do not ask for their key.",
    ),
    Entry("AWS::Lambda::EventInvokeConfig", "run", "Retries and destinations of asynchronous calls."),
    Entry("AWS::Lambda::EventSourceMapping", "run", "SQS: batches, partial failures, maximum concurrency."),
    Entry("AWS::Lambda::Permission", "differs", "Kept in the function's policy; S3, SNS and EventBridge call the function without it."),
    Entry("AWS::Logs::LogGroup", "differs", "Retention is kept and shown, but nothing expires."),
    Entry("AWS::S3::BucketPolicy", "differs", "Enforced on every call. Loopback counts as secure transport (aws:SecureTransport is true)."),
    Entry("AWS::SNS::Subscription", "differs", "SQS and Lambda get messages; mails are not sent."),
    Entry("AWS::SNS::Topic", "differs", "Passes messages on. They are not encrypted on this machine's disk."),
    Entry("AWS::SNS::TopicPolicy", "differs", "Kept with the topic."),
    Entry("AWS::SQS::Queue", "run", "Redrive, visibility and retention work."),
    Entry("AWS::SQS::QueuePolicy", "differs", "Enforced on every call. Loopback counts as secure transport."),
    Entry(
        "AWS::SSM::Parameter",
        "run",
        "Also as the value of a template's parameter. AWS's public parameters (/aws/service/...) do not exist.",
    ),
]
