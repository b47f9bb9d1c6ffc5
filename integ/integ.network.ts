/**
 * A lake in a network of its own, without NAT and without interface endpoints: the streams' functions run in the private subnets and need
 * nothing but S3's gateway endpoint, jobs run in AWS's network, and data moves through both.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { DataLakeAccelerator, LakeNetwork, WorkflowStart } from '../src';

const app = new App();
const stack = new Stack(app, 'NetworkInteg');
const network = new LakeNetwork(stack, 'Network', { ephemeral: true });
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: [{ name: 'orders', schema: { order_id: 'string', amount: 'decimal(12,2)' } }],
  network: network.attachment(),
  start: WorkflowStart.onDemand(),
  layers: testLayers(stack),
  ephemeral: true,
});
const [drop, raw] = [lake.zone('drop'), lake.zone('raw')];

new LakeAssertions(new IntegTest(app, 'Network', { testCases: [stack], diffAssets: false }))
  .put(drop.bucket, 'incoming/clicks.csv', 'Click ID,Page\n1, /home \n')
  .seesObject(raw.bucket, 'incoming/clicks.csv', 'click_id,page\n1,/home\n')
  .put(drop.bucket, 'tables/orders/2018.csv', 'order_id,amount\no1,12.50\no2,0.25\n')
  .startsWorkflow(lake.catalog.workflow)
  // The job, in AWS's network.
  .seesWorkflowEnd(lake.catalog.workflow, 1)
  .seesRows(lake.workgroup, lake.catalog.databaseName('raw'), 'SELECT count(*) AS orders, sum(amount) AS amount FROM raw_orders',
    ['orders', 'amount'], ['2', '12.75'])
  .seesDeadLetters(lake.deadLetterQueue.queue, 0);
