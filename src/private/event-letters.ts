import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { addToKeyPolicy, addToQueuePolicy } from './policies';

const LOST = 'events of rules do not reach the queue';

/** Lets EventBridge send to a queue what a rule has matched, or could not deliver. */
export function letEventBridgeSend(queue: sqs.IQueue, rule: events.Rule): void {
  const stack = Stack.of(rule);
  const principals = [new iam.ServicePrincipal('events.amazonaws.com')];
  // A queue of another stack comes before the rule, and cannot name it.
  const rules = Stack.of(queue) === stack ? rule.ruleArn : stack.formatArn({ service: 'events', resource: 'rule', resourceName: '*' });
  addToQueuePolicy(rule, queue, new iam.PolicyStatement({
    principals,
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: { ArnLike: { 'aws:SourceArn': rules } },
  }), LOST);
  // The key names no rule for the same reason; the queue policy, not the key policy, restricts the sender.
  if (!queue.encryptionMasterKey) return;
  addToKeyPolicy(rule, queue.encryptionMasterKey, new iam.PolicyStatement({
    principals, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'],
  }), LOST);
}
