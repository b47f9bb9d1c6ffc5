import { Duration, aws_kms as kms, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { keepPolicy, removalPolicy } from '../private/ephemeral';
import { describe } from '../private/metadata';
import { acknowledge } from '../private/nag';
import { requireDuration } from '../private/validation';

/**
 * Properties of a DeadLetterQueue.
 *
 * @example
 * declare const key: kms.IKey;
 * const props: DeadLetterQueueProps = { retentionPeriod: Duration.days(7), encryptionKey: key };
 */
export interface DeadLetterQueueProps {
  /**
   * How long a failed message is kept, from 1 minute to 14 days.
   *
   * @default - 14 days, the longest that SQS keeps a message
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
   */
  readonly retentionPeriod?: Duration;

  /**
   * A customer-managed key for the messages.
   *
   * @default - encrypted with a key of SQS (SSE-SQS), at no cost: the messages name objects, they do not contain their data
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether the queue is deleted with its stack.
   *
   * @default false - the queue stays
   */
  readonly ephemeral?: boolean;
}

/**
 * The one queue of a lake where everything ends that could not be processed: each stream's messages after their last try,
 * and the asynchronous failures of each function.
 *
 * @example
 * const letters = new DeadLetterQueue(this, 'DeadLetterQueue');
 * letters.queue.metricApproximateNumberOfMessagesVisible().createAlarm(this, 'Failures', { threshold: 1, evaluationPeriods: 1 });
 */
export class DeadLetterQueue extends Construct {
  /** The queue. */
  public readonly queue: sqs.IQueue;

  /** How long a failed message is kept. */
  public readonly retentionPeriod: Duration;

  constructor(scope: Construct, id: string, props: DeadLetterQueueProps = {}) {
    super(scope, id);
    requireDuration('retentionPeriod of the dead-letter queue', props.retentionPeriod, Duration.minutes(1), Duration.days(14));
    this.retentionPeriod = props.retentionPeriod ?? Duration.days(14);
    const queue = new sqs.Queue(this, 'Queue', {
      retentionPeriod: this.retentionPeriod,
      encryption: props.encryptionKey ? sqs.QueueEncryption.KMS : sqs.QueueEncryption.SQS_MANAGED,
      encryptionMasterKey: props.encryptionKey,
      enforceSSL: true,
      removalPolicy: removalPolicy(props.ephemeral ?? false),
    });
    keepPolicy(queue, props.ephemeral ?? false);
    this.queue = queue;
    this.node.defaultChild = queue.node.defaultChild;
    describe(this.queue, { kind: 'dead-letter-queue' });
    acknowledge(this.queue, { 'AwsSolutions-SQS3': 'This queue is the dead-letter queue: it has none of its own.' });
  }
}
