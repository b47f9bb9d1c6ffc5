/**
 * Zones, a catalog and its workflow without the facade, started on demand: each row that came in is in the next zone, in its partition, or in
 * quarantine; a second run of the same files adds nothing.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { AccessLogBucket, AthenaWorkgroup, DataLakeZone, WorkflowStart, ZonedGlueCatalog } from '../src';

const app = new App();
const stack = new Stack(app, 'CatalogWorkflowInteg');
const accessLogBucket = new AccessLogBucket(stack, 'AccessLogs', { ephemeral: true }).bucket;
const lake = new DataLakeZone(stack, 'Lake', { zoneName: 'lake', accessLogBucket, ephemeral: true });
const landing = new DataLakeZone(stack, 'Landing', { zoneName: 'landing', nextZone: lake, dataStreams: [], accessLogBucket, ephemeral: true });
const catalog = new ZonedGlueCatalog(stack, 'Catalog', {
  zones: [landing, lake],
  tables: [
    { name: 'sales', schema: { sale_id: 'bigint', day: 'date', price: 'double' }, partitionColumns: ['day'] },
    { name: 'shops', csv: { delimiter: ';', header: true } },
  ],
  start: WorkflowStart.onDemand(),
  ephemeral: true,
});
const workgroup = new AthenaWorkgroup(stack, 'Workgroup', { accessLogBucket, ephemeral: true });
const database = catalog.databaseName('lake');
const totals = 'SELECT cast(day AS varchar) AS day, count(*) AS sales, sum(price) AS price FROM lake_sales GROUP BY day ORDER BY day';
const columns = ['day', 'sales', 'price'];
const rows = [['2026-01-01', '2', '3.5'], ['2026-01-02', '1', '10.0']];

new LakeAssertions(new IntegTest(app, 'CatalogWorkflow', { testCases: [stack], diffAssets: false }))
  .put(landing.bucket, 'tables/sales/a.csv', 'sale_id,day,price\n1,2026-01-01,1.5\n2,2026-01-01,2\n3,yesterday,4\n')
  .put(landing.bucket, 'tables/sales/b.csv', 'sale_id,day,price\r\n4,2026-01-02,10\r\nfive,2026-01-02,1\r\n')
  .put(landing.bucket, 'tables/shops/all.csv', 'shop_id;name\n1;Centro\n2;Praia, Norte\n')
  .startsWorkflow(catalog.workflow)
  .seesWorkflowEnd(catalog.workflow, 3)
  .seesRows(workgroup, database, totals, columns, ...rows)
  .seesRows(workgroup, database, 'SELECT shop_id, name FROM lake_shops ORDER BY shop_id', ['shop_id', 'name'], ['1', 'Centro'], ['2', 'Praia, Norte'])
  .seesObjects(landing.bucket, 'quarantine/sales/', 2)
  .startsWorkflow(catalog.workflow)
  .seesWorkflowEnd(catalog.workflow, 3)
  .seesRows(workgroup, database, totals, columns, ...rows)
  .seesObjects(landing.bucket, 'quarantine/sales/', 2);
