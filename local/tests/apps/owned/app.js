// @ts-check
// A lake on the library's source, with a table that has a schema, one that has none, and a curated one. FLAVOR changes the schema, as a developer
// would: see local/tests/test_ownership.py.
const path = require('node:path');
const root = path.join(__dirname, '..', '..', '..', '..');
require('../../../../bin/dev/typescript.js');
const cdk = require('aws-cdk-lib');
const { Curation, DataLakeAccelerator, JobScript, WorkflowStart } = require(path.join(root, 'src'));

/** @type {Record<string, object>} */
const SCHEMAS = {
  declared: { id: 'string', amount: 'int' },
  changed: { id: 'string', amount: 'double', note: 'string' },
  renewed: { id: 'string', amount: 'decimal(10,2)', note: 'string' },
};

const stack = new cdk.Stack(new cdk.App(), 'Owned');
new DataLakeAccelerator(stack, 'Lake', {
  tables: [{ name: 'orders', schema: SCHEMAS[process.env.FLAVOR ?? 'declared'] }, { name: 'found' }],
  zones: ['drop', 'raw', 'curated'].map((name) => ({ name, dataStreams: [] })),
  curation: Curation.fromScript({ tableName: 'totals', script: JobScript.fromAsset(path.join(__dirname, 'totals.py')), requiredTables: ['orders'] }),
  start: process.env.START === 'events' ? WorkflowStart.onNewData() : WorkflowStart.onDemand(),
  ephemeral: true,
});
