/**
 * A lake without a warehouse, whose dashboard asks Athena. QuickSight is there to be asked by hand: nothing in a template makes an account of
 * it, so that to deploy this on AWS takes one with the group below.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { Curation, DashboardImport, DataLakeAccelerator, QuickSightEdition, WorkflowStart } from '../src';

const app = new App();
const stack = new Stack(app, 'DashboardInteg');
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: [
    { name: 'order_items', schema: { order_id: 'string', seller_id: 'string', price: 'double' } },
    { name: 'order_reviews', schema: { review_id: 'string', order_id: 'string', review_score: 'int' } },
    { name: 'closed_deals', schema: { mql_id: 'string', seller_id: 'string', sdr_id: 'string', declared_monthly_revenue: 'double' } },
  ],
  curation: Curation.sellerPerformance(),
  start: WorkflowStart.onDemand(),
  layers: testLayers(stack),
  dashboard: {
    edition: QuickSightEdition.ENTERPRISE,
    groupArn: stack.formatArn({ service: 'quicksight', resource: 'group', resourceName: 'default/sales' }),
    dataImport: DashboardImport.DIRECT_QUERY,
  },
  ephemeral: true,
});

const drop = lake.zone('drop').bucket;
new LakeAssertions(new IntegTest(app, 'Dashboard', { testCases: [stack], diffAssets: false }))
  .put(drop, 'tables/order_items/one.csv', 'order_id,seller_id,price\no1,s1,10\no2,s2,1\n')
  .put(drop, 'tables/order_reviews/one.csv', 'review_id,order_id,review_score\nr1,o1,5\nr2,o2,4\n')
  .put(drop, 'tables/closed_deals/one.csv', 'mql_id,seller_id,sdr_id,declared_monthly_revenue\nm1,s1,d1,100\nm2,s2,d1,50\n')
  .startsWorkflow(lake.catalog.workflow)
  .seesWorkflowEnd(lake.catalog.workflow, 4)
  .seesRows(lake.workgroup, lake.catalog.databaseName('curated'), 'SELECT seller_id, review_score FROM curated_seller_performance ORDER BY seller_id',
    ['seller_id', 'review_score'], ['s1', '5'], ['s2', '4']);
