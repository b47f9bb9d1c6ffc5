import { App, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DataLakeAccelerator } from '../src';

jest.mock('aws-cdk-lib/region-info', () => { throw new Error('the facts of all regions were loaded: they take a tenth of the time of a synthesis'); });

test('the default lake does without the facts of all regions, as long as its region is not known', () => {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Test');
  new DataLakeAccelerator(stack, 'Lake', { tables: [{ name: 'orders' }] });
  expect(() => (stack.node.root as App).synth()).not.toThrow();
});

test('the facts would be missed', () => {
  expect(() => s3.Bucket.fromBucketName(new Stack(new App(), 'Test'), 'Bucket', 'data')).toThrow('the facts of all regions were loaded');
});
