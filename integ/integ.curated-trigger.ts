/**
 * The curated table is made when all required jobs succeeded, and has the figures that it should have. In a second lake one required job
 * fails: the curated job was never started.
 */
import * as path from 'path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Stack } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { AccessLogBucket, AthenaWorkgroup, CuratedTrigger, Curation, DataLakeZone, JobScript, TableDefinition, WorkflowStart, ZonedGlueCatalog } from '../src';

const app = new App();
const stack = new Stack(app, 'CuratedTriggerInteg');
const accessLogBucket = new AccessLogBucket(stack, 'AccessLogs', { ephemeral: true }).bucket;
const workgroup = new AthenaWorkgroup(stack, 'Workgroup', { accessLogBucket, ephemeral: true });
const TABLES: TableDefinition[] = [
  { name: 'order_items', schema: { order_id: 'string', seller_id: 'string', price: 'double' } },
  { name: 'order_reviews', schema: { review_id: 'string', order_id: 'string', review_score: 'int' } },
  { name: 'closed_deals', schema: { mql_id: 'string', seller_id: 'string', declared_monthly_revenue: 'double' } },
];

/** Zones, catalog and curated table in a chain of three. */
function makeLake(id: string, tables: TableDefinition[]) {
  const shared = { dataStreams: [], accessLogBucket, ephemeral: true };
  const curated = new DataLakeZone(stack, `${id}Curated`, { zoneName: 'curated', ...shared });
  const raw = new DataLakeZone(stack, `${id}Raw`, { zoneName: 'raw', nextZone: curated, ...shared });
  const drop = new DataLakeZone(stack, `${id}Drop`, { zoneName: 'drop', nextZone: raw, ...shared });
  const catalog = new ZonedGlueCatalog(stack, `${id}Catalog`, {
    zones: [drop, raw, curated], tables, start: WorkflowStart.onDemand(), ephemeral: true,
  });
  return { drop, curated, catalog, curation: new CuratedTrigger(stack, `${id}Curation`, { catalog, curation: Curation.sellerPerformance() }) };
}

const good = makeLake('Good', TABLES);
const failing = makeLake('Failing', TABLES.map((table) => table.name === 'closed_deals'
  ? { ...table, script: JobScript.fromAsset(path.join(__dirname, 'scripts', 'failing_job.py')) }
  : table));

const steps = new LakeAssertions(new IntegTest(app, 'CuratedTrigger', { testCases: [stack], diffAssets: false }));
for (const { drop } of [good, failing]) {
  steps
    .put(drop.bucket, 'tables/order_items/all.csv', 'order_id,seller_id,price\no1,s1,10\no2,s1,20\no3,s2,5\no4,s3,1\n')
    .put(drop.bucket, 'tables/order_reviews/all.csv', 'review_id,order_id,review_score\nr1,o1,5\nr2,o2,2\nr3,o3,4\nr4,o9,1\n')
    .put(drop.bucket, 'tables/closed_deals/all.csv', 'mql_id,seller_id,declared_monthly_revenue\nm1,s1,100\nm2,s2,50.5\n');
}
steps
  .startsWorkflow(good.catalog.workflow)
  .startsWorkflow(failing.catalog.workflow)
  // Three jobs and the curated one.
  .seesWorkflowEnd(good.catalog.workflow, 4)
  .seesRows(workgroup, good.catalog.databaseName('curated'),
    `SELECT seller_id, count(*) AS reviews, avg(review_score) AS score, max(declared_monthly_revenue) AS revenue
     FROM curated_seller_performance GROUP BY seller_id ORDER BY seller_id`,
    ['seller_id', 'reviews', 'score', 'revenue'], ['s1', '2', '3.5', '100.0'], ['s2', '1', '4.0', '50.5'])
  // Two jobs; the third failed, and nothing followed.
  .seesWorkflowEnd(failing.catalog.workflow, 2, 1)
  .seesNoRun(failing.curation.job)
  .seesObjects(failing.curated.bucket, 'tables/', 0);
