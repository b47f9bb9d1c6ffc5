import { Annotations, CfnResource, Duration, RemovalPolicy, Stack, aws_kms as kms, aws_logs as logs, aws_s3 as s3, aws_sqs as sqs } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { WARNINGS } from './annotations';

/** By name: a lake without queues does not load their classes. */
const POLICY_TYPES = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy'];

const AUTO_DELETE_PROVIDER = 'Custom::S3AutoDeleteObjectsCustomResourceProvider';

/**
 * Returns how stateful resources end: kept, unless the lake is ephemeral. What a first deployment made that failed goes with it, because it has no
 * data yet, and would be paid for.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export function removalPolicy(ephemeral: boolean): RemovalPolicy {
  return ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}

/**
 * Keeps the policy of a bucket or queue as long as the bucket or queue: one that is kept without its policy would take requests without TLS, and
 * deliveries would stop.
 */
export function keepPolicy(resource: s3.Bucket | sqs.Queue, ephemeral: boolean): void {
  for (const child of resource.node.findAll()) {
    if (CfnResource.isCfnResource(child) && POLICY_TYPES.includes(child.cfnResourceType)) child.applyRemovalPolicy(removalPolicy(ephemeral));
  }
}

/** Bucket props that keep the data, or that empty and delete the bucket with its stack. */
export function bucketRemoval(ephemeral: boolean): Pick<s3.BucketProps, 'removalPolicy' | 'autoDeleteObjects'> {
  return { removalPolicy: removalPolicy(ephemeral), autoDeleteObjects: ephemeral ? true : undefined };
}

/** Key props that keep the key, or that schedule its deletion after the shortest time KMS allows (7 days). */
export function keyRemoval(ephemeral: boolean): Pick<kms.KeyProps, 'removalPolicy' | 'pendingWindow'> {
  return { removalPolicy: removalPolicy(ephemeral), pendingWindow: ephemeral ? Duration.days(7) : undefined };
}

/** Warns, once a stack, that its data goes with it; and lets the function that empties the buckets log into a group that goes too. */
export function announceEphemeral(scope: IConstruct): void {
  const stack = Stack.of(scope);
  Annotations.of(stack).addWarningV2(
    WARNINGS.ephemeral,
    'ephemeral is true: destroying this stack deletes the data lake with all of its data, every version of it; leave ephemeral out in production',
  );
  const handler = stack.node.tryFindChild(AUTO_DELETE_PROVIDER)?.node.tryFindChild('Handler');
  const id = 'DataLakeAutoDeleteLogs';
  if (!CfnResource.isCfnResource(handler) || stack.node.tryFindChild(id)) return;
  const logGroup = new logs.LogGroup(stack, id, { retention: logs.RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY });
  handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroup.logGroupName });
}
