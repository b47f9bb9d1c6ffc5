import { Duration, Stack, aws_lambda as lambda, aws_s3 as s3 } from 'aws-cdk-lib';
import * as cxapi from 'aws-cdk-lib/cx-api';
import { dropZone, newStack, resourceOf } from './helpers';
import { DataLakeZone } from '../../src';
import { nagErrors } from '../private/nag';

test.each([true, false])('a chain of zones with streams has no errors, with ephemeral %s', (ephemeral) => {
  const stack = newStack();
  const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', ephemeral });
  const drop = new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, ephemeral });
  drop.addDataStream('images', { prefix: 'images/', code: lambda.Code.fromInline('x') });
  drop.enableEventBridge();

  expect(nagErrors(stack)).toEqual([]);
});

test.each([true, false])('the same with every feature flag of the CDK on, with ephemeral %s', (ephemeral) => {
  for (const stream of ['log', 'warn', 'error'] as const) jest.spyOn(console, stream).mockImplementation(() => {});
  const flags = Object.entries(cxapi.FLAGS).filter(([name]) => !cxapi.CURRENT_VERSION_EXPIRED_FLAGS.includes(name));
  const stack = newStack(Object.fromEntries(flags.map(([name, flag]) => [name, flag.recommendedValue])));
  const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', ephemeral });
  const drop = new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, ephemeral });

  expect(nagErrors(stack)).toEqual([]);
  expect(resourceOf(stack, drop.bucket).Properties.NotificationConfiguration.QueueConfigurations).toHaveLength(1);
  jest.restoreAllMocks();
});

test('a zone on an existing bucket has no errors of its own', () => {
  const stack = newStack();
  const { drop } = dropZone(stack, { bucket: s3.Bucket.fromBucketName(stack, 'Theirs', 'their-bucket') });
  drop.enableEventBridge();

  expect(nagErrors(stack)).toEqual([]);
});

test('a next zone in another stack, and one that exists elsewhere', () => {
  const stack = newStack();
  const lower = new Stack(stack.node.root, 'Lower');
  const raw = new DataLakeZone(lower, 'Raw', { zoneName: 'raw' });
  new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw });
  const imported = DataLakeZone.fromZoneAttributes(stack, 'Imported', {
    zoneName: 'raw', bucketArn: 'arn:aws-cn:s3:::their-raw', encryptionKeyArn: 'arn:aws-cn:kms:cn-north-1:111122223333:key/abc',
  });
  new DataLakeZone(stack, 'Other', { zoneName: 'other', nextZone: imported });

  expect([...nagErrors(stack), ...nagErrors(lower)]).toEqual([]);
});

test('a function of the user\'s own gets no errors from the stream, and keeps its own', () => {
  const stack = newStack();
  const own = new lambda.Function(stack, 'Own', {
    runtime: lambda.Runtime.PYTHON_3_14, handler: 'index.handler', code: lambda.Code.fromInline('x'), timeout: Duration.seconds(9),
  });
  dropZone(stack, { dataStreams: [{ name: 'clicks', function: own }] });

  expect(nagErrors(stack).map((line) => line.split('[')[0])).toEqual(['AwsSolutions-IAM4']);
});
