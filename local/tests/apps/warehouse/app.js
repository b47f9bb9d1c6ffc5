// @ts-check
// The lake in which test_warehouse_access.py tries what docs/access-matrix.md says of the roles of a warehouse and of an Aurora database:
// restricted data in them, and a second curated table that they do not load. Sessions of personas bring their clearance along.
const path = require('node:path');
const root = path.join(__dirname, '..', '..', '..', '..');
require('../../../../bin/dev/typescript.js');
const cdk = require('aws-cdk-lib');
const {
  AuroraSink, Curation, DashboardVia, DataClassification, DataLakeAccelerator, JobScript, LakeNetwork, PersonaTrust, QuickSightEdition, WorkflowStart,
} = require(path.join(root, 'src'));

const app = new cdk.App();
const stack = new cdk.Stack(app, 'Guarded');
const network = new LakeNetwork(stack, 'Network', { ephemeral: true }).attachment();
const database = new AuroraSink(stack, 'Database', { network, tables: ['seller_performance'], ephemeral: true });
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name, schema: { id: 'string' } })),
  zones: [{ name: 'drop', dataStreams: [] }, { name: 'raw', dataStreams: [] }, { name: 'curated' }, { name: 'sandbox', standalone: true }],
  curations: [
    Curation.sellerPerformance({ classification: DataClassification.RESTRICTED }),
    Curation.fromScript({ tableName: 'other', script: JobScript.fromAsset(path.join(__dirname, '..', 'owned', 'totals.py')), requiredTables: ['order_items'] }),
  ],
  start: WorkflowStart.onDemand(),
  personas: { trust: PersonaTrust.broker(`arn:${stack.partition}:iam::${stack.account}:root`) },
  warehouse: { network, tables: [{ name: 'seller_performance' }] },
  sinks: [database],
  dashboard: {
    via: DashboardVia.REDSHIFT,
    edition: QuickSightEdition.ENTERPRISE,
    groupArn: stack.formatArn({ service: 'quicksight', resource: 'group', resourceName: 'default/sales' }),
    audience: DataClassification.RESTRICTED,
  },
  ephemeral: true,
});
for (const [name, value] of Object.entries({
  CopyRole: lake.warehouse.copyRole.roleName,
  Loader: lake.warehouse.loadRole.roleName,
  ImportRole: database.importRole.roleName,
  DatabaseLoader: database.loadRole.roleName,
  Cluster: database.clusterArn,
  Reader: database.readerSecret.secretArn,
  Key: lake.zone('curated').encryptionKey.keyArn,
  RawKey: lake.zone('raw').encryptionKey.keyArn,
})) new cdk.CfnOutput(stack, name, { value });
