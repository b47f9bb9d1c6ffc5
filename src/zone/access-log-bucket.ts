import { Duration, Stack, aws_iam as iam, aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { CLOSED } from '../private/closed-bucket';
import { announceEphemeral, bucketRemoval, keepPolicy } from '../private/ephemeral';
import { acknowledge } from '../private/nag';
import { requireDays } from '../private/validation';

/**
 * Properties of an AccessLogBucket.
 *
 * @example
 * const props: AccessLogBucketProps = { expiration: Duration.days(365) };
 */
export interface AccessLogBucketProps {
  /**
   * After how long access logs are deleted, in whole days.
   *
   * @default - 365 days
   */
  readonly expiration?: Duration;

  /**
   * Whether the bucket is emptied and deleted with its stack.
   *
   * @default false - the bucket and its logs stay
   */
  readonly ephemeral?: boolean;
}

/**
 * The one bucket of a lake that gets the access logs of all of its buckets.
 *
 * Encrypted by S3 (SSE-S3), because S3 does not deliver access logs to a bucket whose default encryption is SSE-KMS; and with a
 * bucket policy, as S3 requires when ACLs are disabled.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 *
 * @example
 * const accessLogs = new AccessLogBucket(this, 'AccessLogs');
 * new DataLakeZone(this, 'Raw', { zoneName: 'raw', accessLogBucket: accessLogs.bucket });
 */
export class AccessLogBucket extends Construct {
  /** The bucket. */
  public readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, props: AccessLogBucketProps = {}) {
    super(scope, id);
    requireDays('expiration of access logs', props.expiration);
    const ephemeral = props.ephemeral ?? false;
    this.bucket = new s3.Bucket(this, 'Bucket', {
      ...CLOSED,
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [{
        expiration: props.expiration ?? Duration.days(365),
        abortIncompleteMultipartUploadAfter: Duration.days(7),
      }],
      ...bucketRemoval(ephemeral),
    });
    this.node.defaultChild = this.bucket.node.defaultChild;
    // Not `serverAccessLogsBucket` of the other buckets: what that does depends on the app's feature flags, and without the flag
    // it sets an ACL, which a bucket with ownership enforced refuses.
    this.bucket.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'AccessLogDelivery',
      principals: [new iam.ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [this.bucket.arnForObjects('*')],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    }));
    keepPolicy(this.bucket, ephemeral);
    acknowledge(this.bucket, { 'AwsSolutions-S1': 'This bucket receives the access logs: logging its own deliveries would never end.' });
    if (ephemeral) announceEphemeral(this);
  }
}
