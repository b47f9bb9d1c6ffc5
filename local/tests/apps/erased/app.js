// @ts-check
// A lake on the library's source with customers in all its parts: a table with a schema, one without, a curated one, and a stream.
// See local/tests/test_erase.py.
const path = require('node:path');
const root = path.join(__dirname, '..', '..', '..', '..');
require('../../../../bin/dev/typescript.js');
const cdk = require('aws-cdk-lib');
const { Compaction, Curation, DataLakeAccelerator, JobScript, WorkflowStart } = require(path.join(root, 'src'));

const stack = new cdk.Stack(new cdk.App(), 'Erased');
new DataLakeAccelerator(stack, 'Lake', {
  tables: [{
    name: 'orders', schema: { id: 'int', customer_id: 'string', amount: 'int' }, compaction: Compaction.aboveSmallFiles(1),
  }, { name: 'customers' }],
  zones: [
    { name: 'drop', dataStreams: [{ name: 'clicks', suffix: '.csv' }] },
    { name: 'raw', dataStreams: [] },
    { name: 'curated', dataStreams: [] },
  ],
  curation: Curation.fromScript({
    tableName: 'per_customer', script: JobScript.fromAsset(path.join(__dirname, 'per_customer.py')), requiredTables: ['orders'],
  }),
  start: WorkflowStart.onDemand(),
  ephemeral: true,
});
