import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack, aws_iam as iam, aws_lambda as lambda } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { Curation, DashboardOptions, DataLakeAccelerator, LakeNetwork, TableDefinition, Warehouse, WorkflowStart } from '../src';

const TABLES: TableDefinition[] = [
  { name: 'order_items', schema: { order_id: 'string', seller_id: 'string', price: 'double' } },
  { name: 'order_reviews', schema: { review_id: 'string', order_id: 'string', review_score: 'int' } },
  { name: 'closed_deals', schema: { mql_id: 'string', seller_id: 'string', sdr_id: 'string', declared_monthly_revenue: 'double' } },
];

const FIGURES = 'SELECT count(*), sum(price), count(DISTINCT mql_id) FROM lake.seller_performance';

/** How a lake with a warehouse is tested. */
export interface WarehouseTestOptions {
  /** Its dashboard. */
  readonly dashboardOf?: (stack: Stack) => DashboardOptions;
  /** Whether the workflow runs twice: the files of both runs are there then, and the warehouse has those of the second. */
  readonly runsTwice?: boolean;
}

/** A lake whose curated table is loaded into a warehouse after its job. A reader sees it, and writes nothing. */
export function warehouseTest(name: string, compute: Warehouse, { dashboardOf, runsTwice }: WarehouseTestOptions = {}): void {
  const app = new App();
  const stack = new Stack(app, `${name}Integ`);
  const reader = new iam.Role(stack, 'Reader', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole')],
  });
  const lake = new DataLakeAccelerator(stack, 'Lake', {
    tables: TABLES,
    curation: Curation.sellerPerformance(),
    start: WorkflowStart.onDemand(),
    layers: testLayers(stack),
    warehouse: { network: new LakeNetwork(stack, 'Network', { ephemeral: true }).attachment(), compute, readers: [reader] },
    dashboard: dashboardOf?.(stack),
    ephemeral: true,
  });
  const ask = new lambda.Function(stack, 'Ask', {
    runtime: lambda.Runtime.PYTHON_3_14,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(`${__dirname}/functions/ask_warehouse`),
    timeout: Duration.minutes(2),
    role: reader,
    environment: { TARGET: stack.toJsonString(lake.warehouse!.dataApiTarget), DATABASE: lake.warehouse!.databaseName },
  });

  const drop = lake.zone('drop').bucket;
  const assertions = new LakeAssertions(new IntegTest(app, name, { testCases: [stack], diffAssets: false }))
    .put(drop, 'tables/order_items/one.csv', 'order_id,seller_id,price\no1,s1,10\no1,s1,5\no2,s2,1\n')
    .put(drop, 'tables/order_reviews/one.csv', 'review_id,order_id,review_score\nr1,o1,5\nr2,o1,1\nr3,o2,4\n')
    .put(drop, 'tables/closed_deals/one.csv', 'mql_id,seller_id,sdr_id,declared_monthly_revenue\nm1,s1,d1,100\nm2,s1,d1,50\nm3,s2,d2,7\n')
    .startsWorkflow(lake.catalog.workflow)
    .seesWorkflowEnd(lake.catalog.workflow, 4)
    .seesAnswer(ask, { sql: FIGURES }, '9, 61.0, 3')
    .seesAnswer(ask, { sql: 'SELECT * FROM lake.deals_and_value_per_seller' }, 's1, 2, 150.0; s2, 1, 7.0')
    .seesAnswer(ask, { sql: 'SELECT * FROM lake.average_review_per_seller' }, 's2, 1, 4.0; s1, 2, 3.0')
    .seesAnswer(ask, { sql: 'DELETE FROM lake.seller_performance' }, 'refused: permission denied')
    .seesAnswer(ask, { sql: 'CREATE TABLE lake.mine (x int)' }, 'refused: permission denied')
    .seesAnswer(ask, { sql: FIGURES }, '9, 61.0, 3');
  if (runsTwice) {
    assertions
      .put(drop, 'tables/order_items/two.csv', 'order_id,seller_id,price\no2,s2,2\n')
      .startsWorkflow(lake.catalog.workflow)
      .seesAnswer(ask, { sql: FIGURES }, '10, 63.0, 3');
  }
  assertions.seesDeadLetters(lake.deadLetterQueue.queue, 0);
}
