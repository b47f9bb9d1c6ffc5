/**
 * A CSV that arrives on a stream of the drop zone is in the raw zone, transformed, and a file that is no CSV is in quarantine.
 */
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { AccessLogBucket, DataLakeZone, DeadLetterQueue, PythonLayers } from '../src';

const app = new App();
const stack = new Stack(app, 'DataLakeZoneInteg');
const shared = {
  accessLogBucket: new AccessLogBucket(stack, 'AccessLogs', { ephemeral: true }).bucket,
  deadLetterQueue: new DeadLetterQueue(stack, 'DeadLetters', { ephemeral: true }).queue,
  // On the embedded cloud handlers run in this machine's Python: see run.js. On AWS: what `npx lake layers` has built.
  layers: new PythonLayers(stack, 'Layers', { directory: process.env.LAKE_LAYERS_DIRECTORY }),
  ephemeral: true,
};
const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', ...shared });
const drop = new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, dataStreams: [{ name: 'clicks', suffix: '.csv' }], ...shared });

const test = new IntegTest(app, 'DataLakeZone', { testCases: [stack], diffAssets: false });
const eventually = { interval: Duration.seconds(5), totalTimeout: Duration.minutes(5) };

/** A call of S3 with the rights that the zones' objects ask for: theirs, and their keys'. */
function s3(api: string, parameters: Record<string, string>) {
  const call = test.assertions.awsApiCall('S3', api, parameters);
  call.provider.addToRolePolicy({ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject', 'kms:Decrypt', 'kms:GenerateDataKey'], Resource: ['*'] });
  return call;
}

s3('putObject', { Bucket: drop.bucket.bucketName, Key: 'streams/clicks/day=1/a.csv', Body: 'Click ID,Page\n1, /home \n' })
  .next(s3('putObject', { Bucket: drop.bucket.bucketName, Key: 'streams/clicks/broken.csv', Body: 'a,b\n1\n' }))
  .next(s3('getObject', { Bucket: raw.bucket.bucketName, Key: 'streams/clicks/day=1/a.csv' })
    .expect(ExpectedResult.objectLike({ Body: 'click_id,page\n1,/home\n' }))
    .waitForAssertions(eventually))
  .next(s3('headObject', { Bucket: drop.bucket.bucketName, Key: 'quarantine/clicks/broken.csv' })
    .expect(ExpectedResult.objectLike({ ContentLength: 6 }))
    .waitForAssertions(eventually));
