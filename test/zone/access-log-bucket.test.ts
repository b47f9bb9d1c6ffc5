import { Duration } from 'aws-cdk-lib';
import { logicalIds, newStack, propertiesOf, resourceOf, template, warnings } from './helpers';
import { AccessLogBucket } from '../../src';
import { nagErrors } from '../private/nag';

test('is encrypted by S3, private, without ACLs, and stays; logs go after a year', () => {
  const stack = newStack();
  const logs = new AccessLogBucket(stack, 'AccessLogs');

  expect(resourceOf(stack, logs)).toMatchObject({
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: 365, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' }] },
    },
  });
  expect(propertiesOf(stack, logs)).not.toHaveProperty('AccessControl');
});

test('its policy lets the logging service write for this account, and nobody in without TLS', () => {
  const stack = newStack();
  const logs = new AccessLogBucket(stack, 'AccessLogs');

  const [policy] = Object.values(template(stack).findResources('AWS::S3::BucketPolicy'));
  expect(policy.Properties.PolicyDocument.Statement).toEqual([
    expect.objectContaining({ Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    {
      Sid: 'AccessLogDelivery',
      Effect: 'Allow',
      Action: 's3:PutObject',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Resource: stack.resolve(logs.bucket.arnForObjects('*')),
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    },
  ]);
});

test('expiration', () => {
  const stack = newStack();
  const logs = new AccessLogBucket(stack, 'AccessLogs', { expiration: Duration.days(90) });
  expect(propertiesOf(stack, logs).LifecycleConfiguration.Rules[0].ExpirationInDays).toBe(90);
});

test.each([Duration.days(0), Duration.hours(25)])('refuses an expiration of %p', (expiration) => {
  expect(() => new AccessLogBucket(newStack(), 'AccessLogs', { expiration }))
    .toThrow(`expiration of access logs must be a whole number of days, at least 1, got ${expiration.toHumanString()}`);
});

test('ephemeral: emptied and deleted with the stack, with a warning', () => {
  const stack = newStack();
  const logs = new AccessLogBucket(stack, 'AccessLogs', { ephemeral: true });

  expect(resourceOf(stack, logs).DeletionPolicy).toBe('Delete');
  template(stack).resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  expect(warnings(stack)).toHaveLength(1);
});

test('logical id', () => {
  const stack = newStack();
  new AccessLogBucket(stack, 'AccessLogs');
  expect(logicalIds(stack, 'AWS::S3::Bucket')).toEqual(['AccessLogsBucketCD784A59']);
});

test.each([true, false])('cdk-nag finds nothing, with ephemeral %s', (ephemeral) => {
  const stack = newStack();
  new AccessLogBucket(stack, 'AccessLogs', { ephemeral });
  expect(nagErrors(stack)).toEqual([]);
});
