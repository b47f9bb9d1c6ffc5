import { ArnFormat, Names, Stack, Token } from 'aws-cdk-lib';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { AlarmTopic } from './alarm-topic';
import { AuditLogsOptions, IAuditLogs, LakeAuditLogs, requireExplicit } from './lake-audit-logs';
import { makeTrailAlarms } from './trail-alarms';
import { keyRemoval, removalPolicy } from '../private/ephemeral';
import { allowWildcards } from '../private/nag';
import { requireProps, requireRange } from '../private/validation';

/** Which calls on objects a trail keeps. Each costs: see docs/costs.md. */
export enum AuditedDataEvents {
  /** Reading and writing. */
  ALL = 'ALL',
  /** Reading. */
  READ = 'READ',
  /** Writing and deleting. */
  WRITE = 'WRITE',
  /** None: only calls on buckets, keys, roles and the like. */
  NONE = 'NONE',
}

/**
 * What of a lake is kept, and where.
 *
 * @example
 * const audit: LakeAuditOptions = { dataEvents: AuditedDataEvents.WRITE, emails: ['security@example.com'] };
 */
export interface LakeAuditOptions {
  /**
   * Which calls on the buckets' objects are kept.
   *
   * @default AuditedDataEvents.ALL
   */
  readonly dataEvents?: AuditedDataEvents;

  /**
   * Name of the trail: needed with `logs` of another stack or account, which must name it before it exists.
   *
   * @default - made from the path of the construct in the app
   */
  readonly trailName?: string;

  /**
   * Where the trail writes: of a security account, `LakeAuditLogs.fromNames(...)` or the `LakeAuditLogs` of its stack.
   *
   * @default - an own `LakeAuditLogs` in this account
   */
  readonly logs?: IAuditLogs;

  /**
   * Settings of the own log bucket.
   *
   * @default - kept for a year, no object lock
   */
  readonly logsOptions?: AuditLogsOptions;

  /**
   * An existing topic for the alarms. Its policy, and that of its key, must let CloudWatch publish.
   *
   * @default - an own `AlarmTopic`
   */
  readonly topic?: sns.ITopic;

  /**
   * Mail addresses that get every alarm of the own topic.
   *
   * @default - none
   */
  readonly emails?: string[];

  /**
   * How many denied calls within five minutes raise an alarm.
   *
   * @default 10
   */
  readonly deniedCallsThreshold?: number;

  /**
   * How long CloudWatch Logs keeps the trail's events, for its filters and for searches. The log bucket keeps them longer.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Properties of `LakeAudit`.
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * const props: LakeAuditProps = { buckets: lake.zones.map(({ bucket }) => bucket) };
 */
export interface LakeAuditProps extends LakeAuditOptions {
  /** The buckets whose objects' calls are kept. */
  readonly buckets: s3.IBucket[];

  /**
   * Whether logs, bucket and keys go with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/** CloudTrail's names: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html */
const TRAIL_NAME = /^(?=.{3,128}$)[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$/;

/**
 * Keeps who did what: a trail of all regions with log-file validation, encrypted, with the calls that manage the account and those on the lake's
 * objects; and alarms on what must not happen unseen.
 *
 * @see https://github.com/cdk-datalake-accelerator/cdk-datalake-accelerator/blob/main/docs/operations.md
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * new LakeAudit(this, 'Audit', {
 *   buckets: lake.zones.map(({ bucket }) => bucket),
 *   trailName: 'lake-audit',
 *   logs: LakeAuditLogs.fromNames(this, 'Logs', { account: '444455556666', region: 'eu-west-1', bucketName: 'example-lake-audit-logs' }),
 * });
 */
export class LakeAudit extends Construct {
  /** The trail. */
  public readonly trail: cloudtrail.CfnTrail;

  /** Name of the trail. */
  public readonly trailName: string;

  /** Where the trail writes. */
  public readonly logs: IAuditLogs;

  /** The own log bucket with its key and the auditors' role, if the logs are not elsewhere. */
  public readonly ownLogs?: LakeAuditLogs;

  /** Where the alarms go. */
  public readonly topic: sns.ITopic;

  /** The trail's events in CloudWatch Logs. */
  public readonly logGroup: logs.LogGroup;

  /** The key of the log group, and of the own topic. */
  public readonly encryptionKey: kms.Key;

  private readonly _alarms: cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: LakeAuditProps) {
    super(scope, id);
    requireProps(this, props, 'buckets');
    validate(this, props);
    const ephemeral = props.ephemeral ?? false;
    const { account, region } = Stack.of(this);
    this.trailName = props.trailName ?? Names.uniqueResourceName(this, { maxLength: 120, separator: '-' });
    this.ownLogs = props.logs ? undefined : new LakeAuditLogs(this, 'Logs', {
      ...props.logsOptions, trails: [{ account, region, trailName: this.trailName }], ephemeral,
    });
    this.logs = props.logs ?? this.ownLogs!;

    this.encryptionKey = new kms.Key(this, 'Key', { description: 'Alarms and events of the audit of the data lake', enableKeyRotation: true, ...keyRemoval(ephemeral) });
    this.topic = props.topic ?? new AlarmTopic(this, 'Topic', { emails: props.emails, encryptionKey: this.encryptionKey, ephemeral }).topic;
    this.logGroup = this.createLogGroup(props.logRetention, ephemeral);
    const role = this.createDeliveryRole();
    this.trail = new cloudtrail.CfnTrail(this, 'Trail', {
      trailName: this.trailName,
      isLogging: true,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      s3BucketName: this.logs.bucketName,
      kmsKeyId: this.logs.encryptionKeyArn,
      cloudWatchLogsLogGroupArn: this.logGroup.logGroupArn,
      cloudWatchLogsRoleArn: role.roleArn,
      advancedEventSelectors: selectors(props.buckets, props.dataEvents ?? AuditedDataEvents.ALL),
    });
    this.trail.node.addDependency(role, this.logGroup);
    this.comeAfterLogs(props.logs);
    this.node.defaultChild = this.trail;
    this._alarms = makeTrailAlarms(this, this.logGroup, this.topic, props.deniedCallsThreshold ?? 10);
  }

  /** All alarms. */
  public get alarms(): cloudwatch.Alarm[] {
    return [...this._alarms];
  }

  /** CloudTrail refuses a trail whose bucket is not there, or whose policies do not let it in yet. */
  private comeAfterLogs(given?: IAuditLogs): void {
    const stack = Stack.of(this.logs);
    if (given && stack !== Stack.of(this)) {
      Stack.of(this).addDependency(stack, 'CloudTrail refuses a trail whose bucket is not there');
    } else {
      this.trail.node.addDependency(this.logs);
    }
  }

  private createLogGroup(retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS, ephemeral: boolean): logs.LogGroup {
    const { region, account, partition } = Stack.of(this);
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    this.encryptionKey.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'Logs',
      principals: [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` } },
    }));
    return new logs.LogGroup(this, 'Events', { retention, encryptionKey: this.encryptionKey, removalPolicy: removalPolicy(ephemeral) });
  }

  /**
   * As AWS documents it, which says that conditions on the source do not apply here.
   *
   * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
   */
  private createDeliveryRole(): iam.Role {
    const { account, region } = Stack.of(this);
    const streams = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `${this.logGroup.logGroupName}:log-stream:${account}_CloudTrail_${region}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const role = new iam.Role(this, 'Delivery', {
      description: 'Passes the trail\'s events on to CloudWatch Logs',
      assumedBy: new iam.ServicePrincipal('cloudtrail.amazonaws.com'),
      inlinePolicies: {
        Write: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [streams] })],
        }),
      },
    });
    allowWildcards(role, { finding: /^Resource::.+_CloudTrail_.+\*$/, reason: 'CloudTrail numbers its log streams.' });
    return role;
  }
}

function selectors(buckets: s3.IBucket[], dataEvents: AuditedDataEvents): cloudtrail.CfnTrail.AdvancedEventSelectorProperty[] {
  const management = { name: 'Calls that manage the account', fieldSelectors: [{ field: 'eventCategory', equalTo: ['Management'] }] };
  if (dataEvents === AuditedDataEvents.NONE || !buckets.length) return [management];
  const readOnly = dataEvents === AuditedDataEvents.ALL ? [] : [{ field: 'readOnly', equalTo: [String(dataEvents === AuditedDataEvents.READ)] }];
  return [management, {
    name: 'Calls on the objects of the lake',
    fieldSelectors: [
      { field: 'eventCategory', equalTo: ['Data'] },
      { field: 'resources.type', equalTo: ['AWS::S3::Object'] },
      { field: 'resources.ARN', startsWith: buckets.map((bucket) => bucket.arnForObjects('')) },
      ...readOnly,
    ],
  }];
}

function validate(scope: Construct, props: LakeAuditProps): void {
  const { logs: given, logsOptions, topic, emails, trailName } = props;
  if (given && logsOptions) throw new Error('logsOptions are for the own log bucket only: leave them out, or set them where logs is made');
  if (topic && emails?.length) throw new Error(`emails ${emails.join(', ')} are for the own topic only: leave emails out, or subscribe them to the topic given`);
  requireRange('deniedCallsThreshold', props.deniedCallsThreshold, 1, 1_000_000);
  if (given) {
    requireExplicit('trailName of an audit with logs of another stack or account', trailName);
    requireExplicit('bucketName of the audit logs', Stack.of(given) === Stack.of(scope) ? 'here' : given.bucketName);
  }
  if (trailName !== undefined && !Token.isUnresolved(trailName) && !TRAIL_NAME.test(trailName)) {
    throw new Error(`trailName "${trailName}" is not valid: use 3 to 128 letters and digits, with single ".", "_" or "-" between`);
  }
  const same = given && props.buckets.find(({ bucketName }) => bucketName === given.bucketName);
  if (same) throw new Error(`the audit logs would go to the bucket '${same.node.path}', whose calls they are about: give the audit a bucket of its own`);
}
