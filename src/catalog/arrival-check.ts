import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CompactPolicyDocument } from './private/compact';
import { InlinePrincipal } from './private/shared-policy';
import { ZoneClasses } from '../access/zone-classes';
import { removalPolicy } from '../private/ephemeral';
import { acknowledge, allowWildcards } from '../private/nag';
import { NOT_SHIPPED, packagePath } from '../private/paths';
import { StagedCode } from '../private/staged-code';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { PREFIXES } from '../zone/layout';

/** What the check of arrivals is about. */
export interface ArrivalCheckProps {
  readonly interval: Duration;
  readonly source: IDataLakeZone;
  readonly target: IDataLakeZone;
  readonly workflowName: string;
  /** Names of the tables whose jobs write manifests, when the template is written. */
  readonly tables: () => string[];
  readonly logRetention?: logs.RetentionDays;
  readonly ephemeral: boolean;
}

/** An object of this age has had its event, its batch and its run: the longest window is a quarter of an hour. */
const GRACE = Duration.hours(1);
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html */
const LONGEST_INPUT = 8192;

/** Looks on a schedule for objects that no run has taken in, and starts one for them: what EventBridge or Glue has lost costs a day, not the data. */
export class ArrivalCheck extends Construct {
  constructor(scope: Construct, id: string, props: ArrivalCheckProps) {
    super(scope, id);
    const made = new lambda.Function(this, 'Function', {
      description: 'Starts the workflow if objects wait for it',
      code: new StagedCode({ path: packagePath('lambda', 'arrival_check'), exclude: NOT_SHIPPED }),
      handler: 'index.handler',
      runtime: lambda.Runtime.PYTHON_3_14,
      architecture: lambda.Architecture.ARM_64,
      timeout: Duration.minutes(15),
      memorySize: 256,
      environment: {
        SOURCE_BUCKET: props.source.bucket.bucketName,
        TARGET_BUCKET: props.target.bucket.bucketName,
        WORKFLOW: props.workflowName,
        GRACE_SECONDS: String(GRACE.toSeconds()),
        RECENT_SECONDS: String(2 * props.interval.toSeconds() + GRACE.toSeconds()),
      },
      ...this.identity(props),
    });
    acknowledge(made, { 'AwsSolutions-L1': 'It is the newest runtime of the oldest CDK that the library supports.' });

    const rule = new events.Rule(this, 'Schedule', {
      description: 'Looks for table data that no run has taken in',
      schedule: events.Schedule.rate(props.interval),
      targets: [{
        bind: () => ({
          arn: made.functionArn,
          input: events.RuleTargetInput.fromObject({ tables: Lazy.list({ produce: props.tables }, { omitEmpty: false }) }),
        }),
      }],
    });
    made.addPermission('Schedule', { principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn: rule.ruleArn });
    this.node.addValidation({ validate: () => inputErrors(JSON.stringify({ tables: props.tables() }).length) });
  }

  /** The function's role and log group: to list what has arrived and what was taken in, to read manifests, to start the workflow. */
  private identity({ source, target, workflowName, logRetention, ephemeral }: ArrivalCheckProps): Pick<lambda.FunctionProps, 'role' | 'logGroup'> {
    const logGroup = new logs.LogGroup(this, 'Log', {
      retention: logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: removalPolicy(ephemeral),
    });
    const document = new CompactPolicyDocument();
    const role = new iam.Role(this, 'Role', {
      description: 'Looks for table data that no run has taken in',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Access: document },
    });
    const grantee = new InlinePrincipal(document, () => role, role);
    const allow = (actions: string[], resources: string[], conditions?: { [operator: string]: unknown }) =>
      grantee.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
    allow(['s3:ListBucket'], [source.bucket.bucketArn], { StringLike: { 's3:prefix': [`${PREFIXES.tables}*`] } });
    target.grantRead(grantee, { prefix: PREFIXES.manifests });
    for (const zone of [source, target]) ZoneClasses.of(zone).readBy(role);
    allow(['glue:StartWorkflowRun'], [Stack.of(this).formatArn({ service: 'glue', resource: 'workflow', resourceName: workflowName })]);
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
    allowWildcards(role, { finding: new RegExp(`^Resource::.+/${PREFIXES.manifests}\\*$`), reason: 'It reads the manifests of all tables, and nothing else.' });
    return { role, logGroup };
  }
}

function inputErrors(length: number): string[] {
  if (length <= LONGEST_INPUT) return [];
  return [`the names of the tables are ${length} characters: the schedule of the check of arrivals takes ${LONGEST_INPUT}; give some tables to a second lake, `
    + 'or none of them a check: WorkflowStart.onNewData({ checkInterval: Duration.minutes(0) })'];
}
