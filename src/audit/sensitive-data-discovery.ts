import { CustomResource, Duration, Names, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AlarmTopic } from './alarm-topic';
import { ZoneClasses } from '../access/zone-classes';
import { removalPolicy } from '../private/ephemeral';
import { acknowledge, allowWildcards } from '../private/nag';
import { NOT_SHIPPED, packagePath } from '../private/paths';
import { addToKeyPolicy } from '../private/policies';
import { StagedCode } from '../private/staged-code';
import { requireProps, requireRange } from '../private/validation';
import { IDataLakeZone } from '../zone/data-lake-zone';

/** The day on which Macie looks at new objects. */
export enum DiscoveryDay {
  /** Monday. */
  MONDAY = 'MONDAY',
  /** Tuesday. */
  TUESDAY = 'TUESDAY',
  /** Wednesday. */
  WEDNESDAY = 'WEDNESDAY',
  /** Thursday. */
  THURSDAY = 'THURSDAY',
  /** Friday. */
  FRIDAY = 'FRIDAY',
  /** Saturday. */
  SATURDAY = 'SATURDAY',
  /** Sunday. */
  SUNDAY = 'SUNDAY',
}

/**
 * What Amazon Macie looks at.
 *
 * @example
 * const sensitiveData: SensitiveDataOptions = { samplingPercentage: 100, day: DiscoveryDay.SATURDAY };
 */
export interface SensitiveDataOptions {
  /**
   * The share of the objects that is looked at, in percent: Macie bills the bytes that it inspects.
   *
   * @default 10
   */
  readonly samplingPercentage?: number;

  /**
   * The day of the week.
   *
   * @default DiscoveryDay.SUNDAY
   */
  readonly day?: DiscoveryDay;
}

/**
 * Properties of `SensitiveDataDiscovery`.
 *
 * @example
 * declare const raw: DataLakeZone;
 * declare const alarms: AlarmTopic;
 * const props: SensitiveDataDiscoveryProps = { zones: [raw], topic: alarms, samplingPercentage: 50 };
 */
export interface SensitiveDataDiscoveryProps extends SensitiveDataOptions {
  /** The zones whose buckets are looked at. */
  readonly zones: IDataLakeZone[];

  /**
   * Gets Macie's findings.
   *
   * @default - none: findings are in Macie's console for 90 days
   */
  readonly topic?: AlarmTopic;

  /**
   * Whether the log of the function that makes the job goes with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/**
 * Amazon Macie looks for sensitive data in the lake's buckets once a week: all objects first, then the new ones.
 *
 * Macie's session belongs to the account: one that is there is taken as it is, and stays. One that is enabled here is disabled when the job is removed, unless other
 * jobs use it. A job cannot be changed: a change cancels it and makes another one, which begins with all objects again.
 *
 * @see https://docs.aws.amazon.com/macie/latest/user/discovery-jobs.html
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * new SensitiveDataDiscovery(this, 'SensitiveData', { zones: lake.zones, samplingPercentage: 20 });
 */
export class SensitiveDataDiscovery extends Construct {
  /** Id of Macie's job. */
  public readonly jobId: string;

  /** The job. */
  public readonly job: CustomResource;

  /** The rule that passes findings on, if there is a topic. */
  public readonly findingsRule?: events.Rule;

  constructor(scope: Construct, id: string, props: SensitiveDataDiscoveryProps) {
    super(scope, id);
    requireProps(this, props, 'zones');
    requireRange('samplingPercentage', props.samplingPercentage, 1, 100, ' percent');
    if (!props.zones.length) throw new Error('sensitive data is looked for in no zone: name at least one in zones');

    for (const zone of props.zones) this.admitMacie(zone);
    this.job = new CustomResource(this, 'Job', {
      resourceType: 'Custom::DataLakeMacieJob',
      serviceToken: this.createHandler(props.ephemeral ?? false).functionArn,
      properties: {
        Name: Names.uniqueResourceName(this, { maxLength: 200, separator: '-' }),
        AccountId: Stack.of(this).account,
        Buckets: props.zones.map(({ bucket }) => bucket.bucketName),
        SamplingPercentage: props.samplingPercentage ?? 10,
        DayOfWeek: props.day ?? DiscoveryDay.SUNDAY,
      },
    });
    // Macie looks at the keys' policies as the job starts.
    this.job.node.addDependency(...props.zones.map(({ encryptionKey }) => encryptionKey));
    this.jobId = this.job.getAttString('JobId');
    this.findingsRule = props.topic && this.passFindings(props.topic);
  }

  /**
   * By a condition, not as the principal: KMS refuses a policy that names a role which is not there, and Macie makes its role with its session.
   *
   * https://docs.aws.amazon.com/macie/latest/user/discovery-supported-encryption-types.html
   */
  private admitMacie(zone: IDataLakeZone): void {
    const { zoneName, encryptionKey } = zone;
    const { account } = Stack.of(this);
    ZoneClasses.of(zone).spare(this.serviceRoleArn());
    addToKeyPolicy(this, encryptionKey, new iam.PolicyStatement({
      sid: 'Macie',
      principals: [new iam.AnyPrincipal()],
      actions: ['kms:Decrypt'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:PrincipalAccount': account }, ArnEquals: { 'aws:PrincipalArn': this.serviceRoleArn() } },
    }), `Macie skips the objects of zone '${zoneName}'`);
  }

  private serviceRoleArn(): string {
    return Stack.of(this).formatArn({
      service: 'iam', region: '', resource: 'role', resourceName: 'aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie',
    });
  }

  private createHandler(ephemeral: boolean): lambda.Function {
    const logGroup = new logs.LogGroup(this, 'Log', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: removalPolicy(ephemeral) });
    const made = new lambda.Function(this, 'Handler', {
      description: 'Makes and cancels Macie\'s job',
      code: new StagedCode({ path: packagePath('lambda', 'macie_job'), exclude: NOT_SHIPPED }),
      handler: 'index.handler',
      runtime: lambda.Runtime.PYTHON_3_14,
      architecture: lambda.Architecture.ARM_64,
      timeout: Duration.minutes(5),
      role: this.createRole(logGroup),
      logGroup,
    });
    acknowledge(made, { 'AwsSolutions-L1': 'It is the newest runtime of the oldest CDK that the library supports.' });
    return made;
  }

  private createRole(logGroup: logs.LogGroup): iam.Role {
    const jobs = Stack.of(this).formatArn({ service: 'macie2', resource: 'classification-job', resourceName: '*' });
    const statement = (actions: string[], resources: string[], conditions?: { [operator: string]: unknown }) =>
      new iam.PolicyStatement({ actions, resources, conditions });
    const role = new iam.Role(this, 'Role', {
      description: 'Makes and cancels Macie\'s job',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Macie: new iam.PolicyDocument({
          statements: [
            // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmacie.html
            statement([
              'macie2:GetMacieSession', 'macie2:EnableMacie', 'macie2:DisableMacie', 'macie2:ListClassificationJobs', 'macie2:CreateClassificationJob',
            ], ['*']),
            statement(['macie2:DescribeClassificationJob', 'macie2:UpdateClassificationJob'], [jobs]),
            statement(['iam:CreateServiceLinkedRole'], [this.serviceRoleArn()], { StringEquals: { 'iam:AWSServiceName': 'macie.amazonaws.com' } }),
            statement(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
          ],
        }),
      },
    });
    allowWildcards(role, {
      finding: /^Resource::(\*|.+:classification-job\/\*)$/,
      reason: 'Macie gives a job its id as it is made; the others take no resources.',
    });
    return role;
  }

  /** https://docs.aws.amazon.com/macie/latest/user/findings-monitor-events-eventbridge.html */
  private passFindings(topic: AlarmTopic): events.Rule {
    const rule = new events.Rule(this, 'Findings', {
      description: 'Macie has found sensitive data',
      eventPattern: { source: ['aws.macie'], detailType: ['Macie Finding'], account: [Stack.of(this).account] },
      targets: [{ bind: () => ({ arn: topic.topic.topicArn }) }],
    });
    topic._admitRule(rule);
    return rule;
  }
}
