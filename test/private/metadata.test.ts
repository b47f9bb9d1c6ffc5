import { App, CfnResource, Stack, aws_sqs as sqs } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { cfnResourceOf, describe as describeAs } from '../../src/private/metadata';

test('a description is in the template, whether the L1 or its owner is given', () => {
  const stack = new Stack(new App(), 'Stack');
  describeAs(new sqs.Queue(stack, 'Queue'), { kind: 'stream', name: 'a' });
  describeAs(new CfnResource(stack, 'Raw', { type: 'AWS::SQS::Queue' }), { kind: 'stream', name: 'b' });

  const queues = Object.values(Template.fromStack(stack).findResources('AWS::SQS::Queue'));
  expect(queues.map((queue) => queue.Metadata)).toEqual([{ datalake: { kind: 'stream', name: 'a' } }, { datalake: { kind: 'stream', name: 'b' } }]);
});

test('a construct without a resource is refused', () => {
  const stack = new Stack(new App(), 'Stack');
  expect(() => cfnResourceOf(new Construct(stack, 'Empty'))).toThrow("'Stack/Empty' has no CloudFormation resource of its own");
});
