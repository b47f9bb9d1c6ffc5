/**
 * A chain of zones of one's own, without tables: what arrives on a stream goes from zone to zone, by the library's function, by code and by a
 * function of one's own. A file that is no CSV is in quarantine; one that a function cannot process is in the dead-letter queue.
 */
import * as path from 'path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack, aws_lambda as lambda, aws_s3 as s3 } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { AccessLogBucket, DataLakeZone, DeadLetterQueue } from '../src';

const app = new App();
const stack = new Stack(app, 'ZonesChainInteg');
const shared = {
  accessLogBucket: new AccessLogBucket(stack, 'AccessLogs', { ephemeral: true }).bucket,
  deadLetterQueue: new DeadLetterQueue(stack, 'DeadLetters', { ephemeral: true }).queue,
  layers: testLayers(stack),
  ephemeral: true,
};
const code = (name: string) => lambda.Code.fromAsset(path.join(__dirname, 'functions', name), { exclude: ['__pycache__'] });
const countLines = new lambda.Function(stack, 'CountLines', {
  code: code('count_lines'), handler: 'index.handler', runtime: lambda.Runtime.PYTHON_3_13, timeout: Duration.seconds(30),
});

const gold = new DataLakeZone(stack, 'Gold', { zoneName: 'gold', ...shared });
const silver = new DataLakeZone(stack, 'Silver', {
  zoneName: 'silver', nextZone: gold, dataStreams: [{ name: 'clicks', function: countLines }], ...shared,
});
const bronze = new DataLakeZone(stack, 'Bronze', {
  zoneName: 'bronze',
  nextZone: silver,
  // One try: what fails is soon a dead letter.
  dataStreams: [{ name: 'clicks', code: code('upper_case'), timeout: Duration.seconds(3), maxReceiveCount: 1 }],
  lifecycle: { transitions: [{ storageClass: s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, after: Duration.days(90) }], expiration: Duration.days(400) },
  ...shared,
});
const landing = new DataLakeZone(stack, 'Landing', {
  zoneName: 'landing',
  nextZone: bronze,
  dataStreams: [{ name: 'clicks', suffix: '.csv' }, { name: 'carts', prefix: 'shop/carts/', suffix: '.csv', batchSize: 10 }],
  ...shared,
});
// Outside of the chain: a place for files, nothing more.
const lab = new DataLakeZone(stack, 'Lab', { zoneName: 'lab', ...shared });

new LakeAssertions(new IntegTest(app, 'ZonesChain', { testCases: [stack], diffAssets: false }))
  .put(landing.bucket, 'streams/clicks/day=1/a.csv', 'Click ID,Page\n1, /home \n2,/cart\n')
  .put(landing.bucket, 'streams/clicks/broken.csv', 'a,b\n1\n')
  .put(landing.bucket, 'shop/carts/b.csv', 'Cart ID\n7\n')
  .put(bronze.bucket, 'streams/clicks/poison.txt', 'poison')
  .put(lab.bucket, 'streams/clicks/a.csv', 'Mine\n1\n')
  .seesObject(bronze.bucket, 'streams/clicks/day=1/a.csv', 'click_id,page\n1,/home\n2,/cart\n')
  .seesObject(silver.bucket, 'streams/clicks/day=1/a.csv', 'CLICK_ID,PAGE\n1,/HOME\n2,/CART\n')
  .seesObject(gold.bucket, 'streams/clicks/day=1/a.csv', '3')
  .seesObject(bronze.bucket, 'shop/carts/b.csv', 'cart_id\n7\n')
  .seesObject(landing.bucket, 'quarantine/clicks/broken.csv', 'a,b\n1\n')
  .seesDeadLetters(shared.deadLetterQueue, 1);
