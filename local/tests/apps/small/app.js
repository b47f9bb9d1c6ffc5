// @ts-check
// A small app with one of each thing that a lake is built on: a chain of two buckets with a queue and a function between them.
// FLAVOR changes it, as a developer would: see local/tests/test_cli_up.py.
const cdk = require('aws-cdk-lib');
const {
  aws_kms: kms, aws_lambda: lambda, aws_lambda_event_sources: sources, aws_s3: s3, aws_s3_notifications: notifications, aws_sqs: sqs,
} = cdk;

const flavor = process.env.FLAVOR ?? '';
const app = new cdk.App();
const env = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION };
const stack = new cdk.Stack(app, 'Small', { env });
const destroyed = { removalPolicy: cdk.RemovalPolicy.DESTROY, autoDeleteObjects: true };

const logs = new s3.Bucket(stack, 'Logs', { ...destroyed, enforceSSL: true });
const key = new kms.Key(stack, 'Key', { enableKeyRotation: true, removalPolicy: cdk.RemovalPolicy.DESTROY });
/** @param {string} id */
const bucket = (id) => new s3.Bucket(stack, id, {
  ...destroyed,
  versioned: true,
  enforceSSL: true,
  encryptionKey: key,
  bucketKeyEnabled: true,
  serverAccessLogsBucket: logs,
  serverAccessLogsPrefix: `${id}/`,
  objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
  eventBridgeEnabled: true,
  lifecycleRules: [{
    noncurrentVersionExpiration: cdk.Duration.days(flavor === 'longer' ? 60 : 30),
    transitions: [{ storageClass: s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: cdk.Duration.days(30) }],
    abortIncompleteMultipartUploadAfter: cdk.Duration.days(7),
  }],
});
const source = bucket('Source');
const target = bucket('Target');
const dead = new sqs.Queue(stack, 'Dead', { enforceSSL: true });
const queue = new sqs.Queue(stack, 'Queue', {
  encryption: sqs.QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  visibilityTimeout: cdk.Duration.seconds(60),
  deadLetterQueue: { queue: dead, maxReceiveCount: 3 },
});
source.addEventNotification(s3.EventType.OBJECT_CREATED, new notifications.SqsDestination(queue), { prefix: 'streams/events/' });
const handler = new lambda.Function(stack, 'Handler', {
  runtime: lambda.Runtime.PYTHON_3_13,
  handler: 'index.handler',
  timeout: cdk.Duration.seconds(10),
  environment: { TARGET: target.bucketName, GREETING: app.node.tryGetContext('greeting') ?? '' },
  code: lambda.Code.fromAsset(`${__dirname}/handler`),
});
source.grantRead(handler);
if (flavor !== 'no-grant') target.grantReadWrite(handler);
handler.addEventSource(new sources.SqsEventSource(queue, { batchSize: 1, maxConcurrency: 5, reportBatchItemFailures: true }));

/**
 * @param {import('constructs').Construct} construct
 * @param {object} metadata
 */
const describe = ({ node }, metadata) => /** @type {import('aws-cdk-lib').CfnResource} */ (node.defaultChild).addMetadata('datalake', metadata);
describe(source, { kind: 'zone', name: 'drop', index: 0, next: 'raw' });
describe(target, { kind: 'zone', name: 'raw', index: 1 });
describe(queue, { kind: 'stream', zone: 'drop', name: 'events', prefix: 'streams/events/', suffix: '' });
describe(handler, { kind: 'stream-handler', zone: 'drop', stream: 'events' });
describe(dead, { kind: 'dead-letter-queue' });
new cdk.CfnOutput(stack, 'SourceBucket', { value: source.bucketName });
new cdk.CfnOutput(stack, 'TargetBucket', { value: target.bucketName });

// Declared first in the manifest's order of names, deployed second: it needs an export of the other.
const user = new cdk.Stack(app, 'AfterSmall', { env });
new cdk.CfnOutput(user, 'Seen', { value: target.bucketArn });

if (flavor === 'recorded') {
  new cdk.CfnResource(stack, 'Macie', { type: 'AWS::Macie::FindingsFilter', properties: { Name: 'none', FindingCriteria: {} } });
}
if (flavor.startsWith('glue')) {
  const trusted = { Statement: [{ Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' }, Action: 'sts:AssumeRole' }] };
  const role = new cdk.CfnResource(stack, 'GlueRole', { type: 'AWS::IAM::Role', properties: { RoleName: 'small-glue', AssumeRolePolicyDocument: trusted } });
  const named = (/** @type {string} */ id, /** @type {string} */ type, /** @type {object} */ properties) => {
    const made = new cdk.CfnResource(stack, id, { type: `AWS::Glue::${type}`, properties: { Name: `small-${id.toLowerCase()}`, ...properties } });
    made.addDependency(role);
    return made;
  };
  const flow = named('Flow', 'Workflow', { Description: flavor });
  named('Job', 'Job', { Role: 'small-glue', Command: { Name: 'pythonshell', ScriptLocation: 's3://b/k.py' }, Description: flavor });
  named('Start', 'Trigger', { Type: 'ON_DEMAND', WorkflowName: 'small-flow', Actions: [{ JobName: 'small-job' }] }).addDependency(flow);
  named('Crawl', 'Crawler', { Role: 'small-glue', DatabaseName: 'small', Targets: { S3Targets: [{ Path: 's3://b/' }] } });
  named('Guard', 'SecurityConfiguration', { EncryptionConfiguration: {} });
}
if (flavor.startsWith('nested')) {
  const nested = new cdk.NestedStack(stack, 'Nested');
  new sqs.Queue(nested, 'Inner');
  if (flavor === 'nested-unknown') new cdk.CfnResource(nested, 'Odd', { type: 'AWS::Nonsense::Thing', properties: {} });
}
if (flavor === 'unknown-type') new cdk.CfnResource(stack, 'Odd', { type: 'AWS::Nonsense::Thing', properties: {} });
if (flavor === 'error') cdk.Annotations.of(stack).addError('this app is not right');
if (flavor === 'broken') throw new Error('the app is broken');
if (flavor === 'fails') {
  const crashing = new lambda.Function(stack, 'Crashing', {
    runtime: lambda.Runtime.PYTHON_3_13,
    handler: 'index.handler',
    code: lambda.Code.fromInline('def handler(event, context):\n    raise ValueError("no such luck")'),
  });
  new cdk.CustomResource(stack, 'Unlucky', { serviceToken: crashing.functionArn });
}
