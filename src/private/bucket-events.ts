import { Lazy, Stack, aws_iam as iam, aws_kms as kms, aws_s3 as s3, aws_sqs as sqs } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { acknowledge } from './nag';
import { addToKeyPolicy } from './policies';

/** The CDK's function that sets notifications on buckets which the template does not own. One a stack. */
const NOTIFICATIONS_HANDLER = 'BucketNotificationsHandler050a0587b7544547bf325f094a3db834';

/**
 * The events of a zone's bucket: to the queues of its streams by prefix, and to EventBridge.
 *
 * The circle to avoid: S3 accepts a notification only when queue and key already let it send, so the bucket comes after the queue's
 * policy; a policy that names the bucket would come after the bucket. The queue's policy therefore names the account that owns the
 * bucket (`aws:SourceAccount`, AWS's protection against a confused deputy), not the bucket. That leaves the notification a plain
 * property of the bucket, with no custom resource and no function behind it.
 */
export abstract class BucketEvents {
  /** The events of a bucket that the zone makes. */
  public static ofOwn(zone: IConstruct, bucket: s3.Bucket, key: kms.IKey): BucketEvents {
    return new OwnBucketEvents(zone, bucket, key);
  }

  /** The events of a bucket that exists already. */
  public static ofExisting(zone: IConstruct, bucket: s3.IBucket, key: kms.IKey): BucketEvents {
    return new ExistingBucketEvents(zone, bucket, key);
  }

  private keyIsOpen = false;

  protected constructor(protected readonly zone: IConstruct, private readonly key: kms.IKey) {}

  /** Sends an event for each new object with this prefix and suffix to the queue. */
  public notify(queue: sqs.Queue, prefix: string, suffix: string): void {
    this.letS3UseKey();
    queue.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'ObjectEvents',
      principals: [new iam.ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this.zone).account } },
    }));
    this.connect(queue, prefix, suffix);
  }

  /** Sends all events to EventBridge too. */
  public abstract enableEventBridge(): void;

  protected abstract connect(queue: sqs.Queue, prefix: string, suffix: string): void;

  /**
   * S3 must be able to encrypt what it sends: the statement of AWS's "Granting permissions to publish event notification messages".
   * It names no account, because AWS documents none there; the queue policy restricts which account's buckets may send.
   */
  private letS3UseKey(): void {
    if (this.keyIsOpen) return;
    this.keyIsOpen = true;
    addToKeyPolicy(this.zone, this.key, new iam.PolicyStatement({
      sid: 'ObjectEvents',
      principals: [new iam.ServicePrincipal('s3.amazonaws.com')],
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resources: ['*'],
    }), 'events do not reach the data streams');
  }
}

class OwnBucketEvents extends BucketEvents {
  private readonly queues: s3.CfnBucket.QueueConfigurationProperty[] = [];
  private eventBridge = false;
  private readonly resource: s3.CfnBucket;

  constructor(zone: IConstruct, bucket: s3.Bucket, key: kms.IKey) {
    super(zone, key);
    this.resource = bucket.node.defaultChild as s3.CfnBucket;
    this.resource.notificationConfiguration = Lazy.any({ produce: () => this.render() });
    // The CDK's own notifications overwrite a bucket's whole configuration when they deploy, and with it the streams.
    zone.node.addValidation({
      validate: () => bucket.node.tryFindChild('Notifications')?.node.tryFindChild('Resource')
        ? [`notifications were added to the bucket of zone '${zone.node.path}', and would replace those of its data streams: `
          + 'use addDataStream(), or enableEventBridge() and a rule']
        : [],
    });
  }

  public enableEventBridge(): void {
    this.eventBridge = true;
  }

  protected connect(queue: sqs.Queue, prefix: string, suffix: string): void {
    const rules = [{ name: 'prefix', value: prefix }, ...(suffix === '' ? [] : [{ name: 'suffix', value: suffix }])];
    this.queues.push({ event: 's3:ObjectCreated:*', queue: queue.queueArn, filter: { s3Key: { rules } } });
    this.resource.node.addDependency(policyOf(queue));
  }

  private render(): s3.CfnBucket.NotificationConfigurationProperty | undefined {
    if (this.queues.length === 0 && !this.eventBridge) return undefined;
    return {
      queueConfigurations: this.queues.length === 0 ? undefined : this.queues,
      eventBridgeConfiguration: this.eventBridge ? { eventBridgeEnabled: true } : undefined,
    };
  }
}

class ExistingBucketEvents extends BucketEvents {
  private eventBridge = false;

  constructor(zone: IConstruct, private readonly bucket: s3.IBucket, key: kms.IKey) {
    super(zone, key);
    if (Stack.of(bucket) !== Stack.of(zone)) {
      // Its notifications would be part of the other stack, and need the queues of this one, which need that stack's bucket.
      throw new Error(`bucket '${bucket.node.path}' of zone '${zone.node.path}' belongs to another stack, whose template its events would change: `
        + 'give it as an existing one, with s3.Bucket.fromBucketArn(stack, id, bucket.bucketArn) or fromBucketAttributes in the stack of the lake');
    }
  }

  public enableEventBridge(): void {
    if (this.eventBridge) return;
    this.eventBridge = true;
    this.bucket.enableEventBridgeNotification();
    this.acknowledgeHandler();
  }

  protected connect(queue: sqs.Queue, prefix: string, suffix: string): void {
    const destination: s3.IBucketNotificationDestination = {
      bind: () => ({ arn: queue.queueArn, type: s3.BucketNotificationDestinationType.QUEUE, dependencies: [policyOf(queue)] }),
    };
    this.bucket.addEventNotification(s3.EventType.OBJECT_CREATED, destination, { prefix, suffix: suffix === '' ? undefined : suffix });
    this.acknowledgeHandler();
  }

  private acknowledgeHandler(): void {
    const role = Stack.of(this.bucket).node.tryFindChild(NOTIFICATIONS_HANDLER)?.node.tryFindChild('Role');
    if (!role) return;
    acknowledge(role, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
        'The CDK\'s own function for notifications on existing buckets writes its log.',
      'AwsSolutions-IAM5[Resource::*]': 'The CDK\'s own function for notifications serves every existing bucket of the stack.',
    });
  }
}

function policyOf(queue: sqs.Queue): IConstruct {
  return queue.node.findChild('Policy');
}
