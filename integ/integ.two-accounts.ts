/**
 * The two stacks of examples/two-accounts, in one account: the log bucket in the security stack, which is deployed first, the lake and its trail in
 * the production stack. The trail's files arrive; auditors find a call in them and write none, and who works on the lake cannot read them.
 */
import * as path from 'path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack, aws_iam as iam, aws_lambda as lambda } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { AuditedDataEvents, DataLakeAccelerator, LakeAuditLogs, WorkflowStart } from '../src';

const TRAIL_NAME = 'two-accounts-integ';
const OBJECT = 'tables/orders/one.csv';

const app = new App();
const security = new Stack(app, 'SecurityInteg');
const prod = new Stack(app, 'ProductionInteg');
const logs = new LakeAuditLogs(security, 'AuditLogs', {
  // Names of buckets are taken world-wide: in an account, choose another if this one is taken.
  bucketName: process.env.LAKE_INTEG_LOG_BUCKET ?? 'cdk-datalake-accelerator-integ-audit-logs',
  trails: [{ account: prod.account, region: prod.region, trailName: TRAIL_NAME }],
  auditors: new iam.AccountRootPrincipal(),
  ephemeral: true,
});
const lake = new DataLakeAccelerator(prod, 'Lake', {
  tables: [{ name: 'orders', schema: { order_id: 'string' } }],
  zones: [{ name: 'drop' }, { name: 'raw' }],
  layers: testLayers(prod),
  start: WorkflowStart.onDemand(),
  audit: { logs, trailName: TRAIL_NAME, dataEvents: AuditedDataEvents.WRITE },
  ephemeral: true,
});

const reader = new lambda.Function(prod, 'Reader', {
  code: lambda.Code.fromAsset(path.join(__dirname, 'functions', 'reads_trail'), { exclude: ['__pycache__'] }),
  handler: 'index.handler',
  runtime: lambda.Runtime.PYTHON_3_13,
  timeout: Duration.minutes(1),
  environment: { LOGS: logs.bucketName },
});
const engineer = new iam.Role(prod, 'Engineer', { assumedBy: new iam.ArnPrincipal(reader.role!.roleArn) });
lake.grantReadWrite(engineer);
for (const [name, { roleArn }] of Object.entries({ auditor: logs.auditorsRole, engineer })) {
  reader.addEnvironment(`ROLE_${name}`, roleArn);
  reader.addToRolePolicy(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [roleArn] }));
}

const call = { call: 'PutObject', object: OBJECT };
new LakeAssertions(new IntegTest(app, 'TwoAccounts', { testCases: [security, prod], diffAssets: false }))
  .put(lake.zone('drop').bucket, OBJECT, 'order_id\n1\n')
  .seesAnswer(reader, { role: 'auditor', ...call }, 'found')
  .seesAnswer(reader, { role: 'engineer', ...call }, 'AccessDenied')
  .seesAnswer(reader, { role: 'auditor', key: 'AWSLogs/forged.json.gz' }, 'AccessDenied')
  .seesAnswer(reader, { role: 'engineer', key: 'AWSLogs/forged.json.gz' }, 'AccessDenied');
