/**
 * A lake that is watched: alarms, their topic and a dashboard are there, and a function that crashes raises its alarm.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LakeAssertions } from './lake-assertions';
import { DataLakeAccelerator, PythonLayers, WorkflowStart } from '../src';

const app = new App();
const stack = new Stack(app, 'AuditInteg');
const handler = new lambda.Function(stack, 'Crashes', {
  runtime: lambda.Runtime.PYTHON_3_14,
  handler: 'index.handler',
  code: lambda.Code.fromInline('def handler(event, context):\n    raise RuntimeError("this always happens")\n'),
  timeout: Duration.seconds(10),
});
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: [{ name: 'orders', schema: { order_id: 'string', amount: 'decimal(12,2)' } }],
  zones: [{ name: 'drop', dataStreams: [{ name: 'clicks', function: handler }] }, { name: 'raw' }],
  layers: PythonLayers.fromAwsSdkForPandas(stack, 'Layers', { runtime: lambda.Runtime.PYTHON_3_14 }),
  start: WorkflowStart.onDemand(),
  monitoring: { noDataAfter: Duration.hours(26), maxQueueAge: Duration.minutes(30) },
  ephemeral: true,
});
const { alarms, topic } = lake.monitoring!;
const errors = alarms.find(({ node }) => node.id.startsWith('FunctionErrors'))!;

new LakeAssertions(new IntegTest(app, 'Audit', { testCases: [stack], diffAssets: false }))
  .sees('CloudWatch', 'describeAlarms', { AlarmNames: [errors.alarmName] }, {
    MetricAlarms: [{ MetricName: 'Errors', AlarmActions: [topic.topicArn], OKActions: [topic.topicArn], ActionsEnabled: true }],
  })
  .put(lake.zone('drop').bucket, 'streams/clicks/one.csv', 'id\n1\n')
  .seesAlarm(errors, 'ALARM');
