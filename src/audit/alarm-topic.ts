import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { keyRemoval } from '../private/ephemeral';
import { addToKeyPolicy } from '../private/policies';

/**
 * Properties of `AlarmTopic`.
 *
 * @example
 * const props: AlarmTopicProps = { emails: ['data-platform@example.com'] };
 */
export interface AlarmTopicProps {
  /**
   * Mail addresses that get every alarm. AWS sends each a mail first, and nothing more before its link is followed.
   *
   * @default - none; subscribe to the topic as you like
   */
  readonly emails?: string[];

  /**
   * Key that encrypts the messages. Its policy gets the statements that CloudWatch needs, if it is a key of this app.
   *
   * @default - an own customer-managed key with rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether the key goes with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/**
 * An encrypted topic that CloudWatch's alarms of this account may publish to.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 *
 * @example
 * const topic = new AlarmTopic(this, 'Alarms', { emails: ['data-platform@example.com'] });
 */
export class AlarmTopic extends Construct {
  /** The topic. */
  public readonly topic: sns.Topic;

  /** The key that encrypts its messages. */
  public readonly encryptionKey: kms.IKey;

  constructor(scope: Construct, id: string, props: AlarmTopicProps = {}) {
    super(scope, id);
    this.encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', {
      description: 'Alarms of the data lake',
      enableKeyRotation: true,
      ...keyRemoval(props.ephemeral ?? false),
    });
    this.topic = new sns.Topic(this, 'Topic', { masterKey: this.encryptionKey, enforceSSL: true });
    this.node.defaultChild = this.topic.node.defaultChild;
    this.admit('Alarms', 'cloudwatch', Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME }));
    for (const email of props.emails ?? []) this.topic.addSubscription(new subscriptions.EmailSubscription(email));
  }

  /**
   * Lets AWS Budgets of this account publish.
   *
   * @see https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
   * @internal
   */
  public _admitBudgets(): void {
    const { partition, account } = Stack.of(this);
    this.admit('Budgets', 'budgets', `arn:${partition}:budgets::${account}:*`);
  }

  /**
   * Lets a rule of EventBridge publish. The key names no rule: AWS documents that its policy cannot, the request does not carry one.
   *
   * @internal
   */
  public _admitRule(rule: events.Rule): void {
    const principals = [new iam.ServicePrincipal('events.amazonaws.com')];
    this.topic.addToResourcePolicy(new iam.PolicyStatement({
      principals, actions: ['sns:Publish'], resources: [this.topic.topicArn], conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
    }));
    addToKeyPolicy(this, this.encryptionKey, new iam.PolicyStatement({
      sid: 'Events', principals, actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'],
    }), 'events of rules do not reach the topic');
  }

  /** A topic with a policy of its own has lost the default one, which lets in every service that acts for the account. */
  private admit(sid: string, service: string, sourceArn: string): void {
    const principals = [new iam.ServicePrincipal(`${service}.amazonaws.com`)];
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account }, ArnLike: { 'aws:SourceArn': sourceArn } };
    this.topic.addToResourcePolicy(new iam.PolicyStatement({ sid, principals, actions: ['sns:Publish'], resources: [this.topic.topicArn], conditions }));
    addToKeyPolicy(this, this.encryptionKey, new iam.PolicyStatement({
      sid, principals, actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'], conditions,
    }), `${sid.toLowerCase()} do not reach the topic`);
  }
}
