// @ts-check
// The lake in which test_warehouse_access.py tries what docs/access-matrix.md says of a warehouse's roles: restricted data in it, and a
// second curated table that it does not load. Sessions of personas bring their clearance along.
const path = require('node:path');
const root = path.join(__dirname, '..', '..', '..', '..');
require('../../../../bin/dev/typescript.js');
const cdk = require('aws-cdk-lib');
const {
  Curation, DashboardVia, DataClassification, DataLakeAccelerator, JobScript, LakeNetwork, PersonaTrust, QuickSightEdition, WorkflowStart,
} = require(path.join(root, 'src'));

const app = new cdk.App();
const stack = new cdk.Stack(app, 'Guarded');
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name, schema: { id: 'string' } })),
  zones: [{ name: 'drop', dataStreams: [] }, { name: 'raw', dataStreams: [] }, { name: 'curated' }, { name: 'sandbox', standalone: true }],
  curations: [
    Curation.sellerPerformance({ classification: DataClassification.RESTRICTED }),
    Curation.fromScript({ tableName: 'other', script: JobScript.fromAsset(path.join(__dirname, '..', 'owned', 'totals.py')), requiredTables: ['order_items'] }),
  ],
  start: WorkflowStart.onDemand(),
  personas: { trust: PersonaTrust.broker(`arn:${stack.partition}:iam::${stack.account}:root`) },
  warehouse: {
    network: new LakeNetwork(stack, 'Network', { ephemeral: true }).attachment(),
    tables: [{ name: 'seller_performance' }],
  },
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
  Key: lake.zone('curated').encryptionKey.keyArn,
  RawKey: lake.zone('raw').encryptionKey.keyArn,
})) new cdk.CfnOutput(stack, name, { value });
