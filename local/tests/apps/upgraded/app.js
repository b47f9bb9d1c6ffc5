// @ts-check
// A lake by the library's source in the folder SOURCE, for test_upgrade.py: the first release's, whose lakes all had the curated table, or today's.
const path = require('node:path');
const root = process.env.SOURCE ?? '';
require('../../../../bin/dev/typescript.js');
const cdk = require('aws-cdk-lib');
const { Curation, DataLakeAccelerator, WorkflowStart } = require(path.join(root, 'src'));

const stack = new cdk.Stack(new cdk.App(), 'Upgraded');
new DataLakeAccelerator(stack, 'Lake', {
  tables: [
    { name: 'order_items', schema: { order_id: 'string', seller_id: 'string', price: 'double' } },
    { name: 'order_reviews', schema: { review_id: 'string', order_id: 'string', review_score: 'int' } },
    { name: 'closed_deals' },
  ],
  zones: [
    { name: 'drop', dataStreams: [] }, { name: 'raw', dataStreams: [] }, { name: 'curated' }, { name: 'sandbox', standalone: true },
  ],
  start: WorkflowStart.onDemand(),
  ...Curation && { curation: Curation.sellerPerformance() },
});
