/** A lake with an Aurora database, which is loaded twice. A reader sees it, and writes nothing. */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack, aws_iam as iam, aws_lambda as lambda } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { AuroraSink, Curation, DataLakeAccelerator, LakeNetwork, TableDefinition, WorkflowStart } from '../src';

const TABLES: TableDefinition[] = [
  { name: 'order_items', schema: { order_id: 'string', seller_id: 'string', price: 'double' } },
  { name: 'order_reviews', schema: { review_id: 'string', order_id: 'string', review_score: 'int' } },
  { name: 'closed_deals', schema: { mql_id: 'string', seller_id: 'string', sdr_id: 'string', declared_monthly_revenue: 'double' } },
];
const FIGURES = 'SELECT count(*), sum(price)::text, count(DISTINCT mql_id) FROM lake.seller_performance';

const app = new App();
const stack = new Stack(app, 'AuroraSinkInteg');
const reader = new iam.Role(stack, 'Reader', {
  assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole')],
});
const database = new AuroraSink(stack, 'Database', {
  network: new LakeNetwork(stack, 'Network', { ephemeral: true }).attachment(), readers: [reader], ephemeral: true,
});
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: TABLES,
  curation: Curation.sellerPerformance(),
  start: WorkflowStart.onDemand(),
  layers: testLayers(stack),
  sinks: [database],
  ephemeral: true,
});
const ask = new lambda.Function(stack, 'Ask', {
  runtime: lambda.Runtime.PYTHON_3_14,
  handler: 'index.handler',
  code: lambda.Code.fromAsset(`${__dirname}/functions/ask_database`),
  timeout: Duration.minutes(2),
  role: reader,
  environment: { CLUSTER: database.clusterArn, SECRET: database.readerSecret.secretArn, DATABASE: database.databaseName },
});

const drop = lake.zone('drop').bucket;
new LakeAssertions(new IntegTest(app, 'AuroraSink', { testCases: [stack], diffAssets: false }))
  .put(drop, 'tables/order_items/one.csv', 'order_id,seller_id,price\no1,s1,10\no1,s1,5\no2,s2,1\n')
  .put(drop, 'tables/order_reviews/one.csv', 'review_id,order_id,review_score\nr1,o1,5\nr2,o1,1\nr3,o2,4\n')
  .put(drop, 'tables/closed_deals/one.csv', 'mql_id,seller_id,sdr_id,declared_monthly_revenue\nm1,s1,d1,100\nm2,s1,d1,50\nm3,s2,d2,7\n')
  .startsWorkflow(lake.catalog.workflow)
  .seesWorkflowEnd(lake.catalog.workflow, 4)
  .seesAnswer(ask, { sql: FIGURES }, '9, 61, 3')
  .seesAnswer(ask, { sql: 'DELETE FROM lake.seller_performance' }, 'refused: permission denied')
  .seesAnswer(ask, { sql: 'CREATE TABLE lake.mine (x int)' }, 'refused: permission denied')
  .put(drop, 'tables/order_items/two.csv', 'order_id,seller_id,price\no2,s2,2\n')
  .startsWorkflow(lake.catalog.workflow)
  .seesAnswer(ask, { sql: FIGURES }, '10, 63, 3')
  .seesDeadLetters(lake.deadLetterQueue.queue, 0);
