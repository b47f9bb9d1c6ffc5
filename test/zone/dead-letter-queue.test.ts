import { Duration, aws_kms as kms } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { logicalIds, newStack, propertiesOf, resourceOf, template } from './helpers';
import { DeadLetterQueue } from '../../src';
import { nagErrors } from '../private/nag';

test('keeps messages 14 days, encrypted at no cost, and stays', () => {
  const stack = newStack();
  const letters = new DeadLetterQueue(stack, 'DeadLetters');

  expect(resourceOf(stack, letters)).toEqual({
    Type: 'AWS::SQS::Queue',
    Properties: { MessageRetentionPeriod: 14 * 86400, SqsManagedSseEnabled: true },
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Metadata: { datalake: { kind: 'dead-letter-queue' } },
  });
  expect(letters.retentionPeriod.toDays()).toBe(14);
});

test('takes messages over TLS only', () => {
  const stack = newStack();
  new DeadLetterQueue(stack, 'DeadLetters');

  template(stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: { Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })] },
  });
});

test('retentionPeriod', () => {
  const stack = newStack();
  expect(propertiesOf(stack, new DeadLetterQueue(stack, 'DeadLetters', { retentionPeriod: Duration.days(2) })).MessageRetentionPeriod).toBe(2 * 86400);
});

test('encryptionKey', () => {
  const stack = newStack();
  const encryptionKey = new kms.Key(stack, 'Key');

  expect(propertiesOf(stack, new DeadLetterQueue(stack, 'DeadLetters', { encryptionKey })).KmsMasterKeyId).toEqual(stack.resolve(encryptionKey.keyArn));
});

test('ephemeral', () => {
  const stack = newStack();
  expect(resourceOf(stack, new DeadLetterQueue(stack, 'DeadLetters', { ephemeral: true })).DeletionPolicy).toBe('Delete');
});

test.each([Duration.seconds(59), Duration.days(15)])('refuses a retentionPeriod of %p', (retentionPeriod) => {
  expect(() => new DeadLetterQueue(newStack(), 'DeadLetters', { retentionPeriod }))
    .toThrow(`retentionPeriod of the dead-letter queue must be between 1 minute and 14 days, got ${retentionPeriod.toHumanString()}`);
});

test('logical id', () => {
  const stack = newStack();
  new DeadLetterQueue(stack, 'DeadLetters');
  expect(logicalIds(stack, 'AWS::SQS::Queue')).toEqual(['DeadLettersQueue631681B1']);
});

test('cdk-nag finds nothing', () => {
  const stack = newStack();
  new DeadLetterQueue(stack, 'DeadLetters');
  expect(nagErrors(stack)).toEqual([]);
});
