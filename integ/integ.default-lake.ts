/**
 * The lake that a user gets with nothing but tables. Files that arrive start the workflow by themselves, and what was in them is found by
 * Athena; a file on the stream is in the next zone at once; a row that does not fit is in quarantine, and no letter is dead.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { DataLakeAccelerator, WorkflowStart } from '../src';

const app = new App();
const stack = new Stack(app, 'DefaultLakeInteg');
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: [
    { name: 'orders', schema: { order_id: 'string', customer_id: 'string', ordered_at: 'timestamp', amount: 'decimal(12,2)', note: 'string' } },
    { name: 'customers' },
  ],
  // The default waits a quarter of an hour for more files; these two are all that come.
  start: WorkflowStart.onNewData({ batchSize: 2, batchWindow: Duration.minutes(1) }),
  layers: testLayers(stack),
  ephemeral: true,
});
const [drop, raw] = [lake.zone('drop'), lake.zone('raw')];

const ORDERS = [
  'order_id,customer_id,ordered_at,amount,note',
  'o1,c1,2018-01-31 10:00:00,12.50,"two lines,',
  'and a comma"',
  'o2,c2,2018-02-01 11:30:00,7.25,',
  'o3,c1,2018-02-02 09:15:00,a lot,"no amount that fits"',
  'o4,c1,2018-02-03 09:15:00,0.25,"said ""thanks"""',
  '',
].join('\n');

new LakeAssertions(new IntegTest(app, 'DefaultLake', { testCases: [stack], diffAssets: false }))
  .put(drop.bucket, 'tables/orders/2018.csv', ORDERS)
  .put(drop.bucket, 'tables/customers/all.csv', 'customer_id,city\nc1,Curitiba\nc2,Recife\n')
  .put(drop.bucket, 'incoming/clicks.csv', 'Click ID,Page\n1, /home \n')
  .seesObject(raw.bucket, 'incoming/clicks.csv', 'click_id,page\n1,/home\n')
  // The drop zone's crawler, as customers have no schema, and two jobs.
  .seesWorkflowEnd(lake.catalog.workflow, 3)
  .seesRows(lake.workgroup, lake.catalog.databaseName('raw'),
    'SELECT city, count(*) AS orders, sum(amount) AS amount FROM raw_orders JOIN raw_customers USING (customer_id) GROUP BY city ORDER BY city',
    ['city', 'orders', 'amount'], ['Curitiba', '2', '12.75'], ['Recife', '1', '7.25'])
  .seesRows(lake.workgroup, lake.catalog.databaseName('raw'), 'SELECT order_id, note FROM raw_orders ORDER BY order_id',
    ['order_id', 'note'], ['o1', 'two lines,\nand a comma'], ['o2', null], ['o4', 'said "thanks"'])
  .seesObjects(drop.bucket, 'quarantine/orders/', 1)
  .seesDeadLetters(lake.deadLetterQueue.queue, 0);
