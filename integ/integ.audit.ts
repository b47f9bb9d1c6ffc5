/**
 * A lake that is watched, audited and looked through by Macie, in one account. What its function cannot process is a dead letter, whose alarm
 * arrives at whoever listens.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import {
  App, Duration, RemovalPolicy, Stack, aws_cloudwatch_actions as actions, aws_lambda as lambda, aws_sns as sns,
  aws_sns_subscriptions as subscriptions, aws_sqs as sqs,
} from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { AuditedDataEvents, DataLakeAccelerator, WorkflowStart } from '../src';

const app = new App();
const stack = new Stack(app, 'AuditInteg');
const handler = new lambda.Function(stack, 'Crashes', {
  runtime: lambda.Runtime.PYTHON_3_14,
  handler: 'index.handler',
  code: lambda.Code.fromInline('def handler(event, context):\n    raise RuntimeError("this always happens")\n'),
  timeout: Duration.seconds(1),
});
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: [{ name: 'orders', schema: { order_id: 'string', amount: 'decimal(12,2)' } }],
  zones: [{ name: 'drop', dataStreams: [{ name: 'clicks', function: handler }] }, { name: 'raw' }],
  layers: testLayers(stack),
  start: WorkflowStart.onDemand(),
  monitoring: { noDataAfter: Duration.hours(26), maxQueueAge: Duration.minutes(30) },
  audit: { dataEvents: AuditedDataEvents.WRITE },
  sensitiveData: { samplingPercentage: 50 },
  ephemeral: true,
});

// The lake's own topic tells of everything; this one of the one alarm.
const topic = new sns.Topic(stack, 'Raised');
const listener = new sqs.Queue(stack, 'Listener', { removalPolicy: RemovalPolicy.DESTROY });
topic.addSubscription(new subscriptions.SqsSubscription(listener));
lake.monitoring!.alarms.find(({ node }) => node.id === 'DeadLetters')!.addAlarmAction(new actions.SnsAction(topic));

new LakeAssertions(new IntegTest(app, 'Audit', { testCases: [stack], diffAssets: false }))
  .put(lake.zone('drop').bucket, 'streams/clicks/one.csv', 'id\n1\n')
  .seesDeadLetters(lake.deadLetterQueue.queue, 1)
  .seesMessage(listener);
