// @ts-check
// The audited lake of test_audited_lake.py: personas, a trail, alarms, and a queue that listens to the alarms' topic. Its function fails on every object.
const path = require('node:path');
const root = path.join(__dirname, '..', '..', '..', '..');
require('../../../../bin/dev/typescript.js');
const cdk = require('aws-cdk-lib');
const { DataClassification, DataLakeAccelerator, PersonaTrust, WorkflowStart } = require(path.join(root, 'src'));

const app = new cdk.App();
const stack = new cdk.Stack(app, 'Audited');
const fails = new cdk.aws_lambda.Function(stack, 'Fails', {
  runtime: cdk.aws_lambda.Runtime.PYTHON_3_13,
  handler: 'index.handler',
  code: cdk.aws_lambda.Code.fromInline([
    'def handler(event, context):',
    '    if any("s3:TestEvent" not in record["body"] for record in event["Records"]):',
    '        raise RuntimeError("this always happens")',
  ].join('\n')),
  timeout: cdk.Duration.seconds(1),
});
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: [{ name: 'salaries', schema: { person: 'string' }, classification: DataClassification.SECRET }],
  zones: [{ name: 'drop', dataStreams: [{ name: 'clicks', function: fails }] }, { name: 'raw' }, { name: 'sandbox', standalone: true }],
  start: WorkflowStart.onDemand(),
  personas: { trust: PersonaTrust.broker(`arn:${stack.partition}:iam::${stack.account}:root`) },
  monitoring: {},
  audit: {},
  ephemeral: true,
});
const listener = new cdk.aws_sqs.Queue(stack, 'Listener');
lake.monitoring?.topic.addSubscription(new cdk.aws_sns_subscriptions.SqsSubscription(listener));
const outputs = {
  Drop: lake.zone('drop').bucket.bucketName,
  Raw: lake.zone('raw').bucket.bucketName,
  RawKey: lake.zone('raw').encryptionKey?.keyId,
  Logs: lake.audit?.logs.bucketName,
  Trail: lake.audit?.trailName,
  ListenerUrl: listener.queueUrl,
};
for (const [name, value] of Object.entries(outputs)) new cdk.CfnOutput(stack, name, { value: String(value) });
