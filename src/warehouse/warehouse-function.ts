import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { removalPolicy } from '../private/ephemeral';
import { acknowledge } from '../private/nag';
import { NOT_SHIPPED, packagePath } from '../private/paths';

export interface WarehouseFunctionProps {
  /** The module that has the handler. */
  readonly module: 'usage_limit' | 'database' | 'load' | 'refresh' | 'aurora_load';
  /**
   * The folder of `lambda/` that has the module.
   *
   * @default 'warehouse'
   */
  readonly folder?: 'warehouse' | 'aurora';
  /**
   * The longest that it runs.
   *
   * @default Duration.minutes(10)
   */
  readonly timeout?: Duration;
  readonly description: string;
  readonly statements: iam.PolicyStatement[];
  readonly environment?: { [name: string]: string };
  readonly deadLetterQueue?: sqs.IQueue;
  readonly ephemeral: boolean;
}

/** One of the functions of a sink, with a role that can do what it is given, and a log. */
export class WarehouseFunction extends Construct {
  public readonly function: lambda.Function;
  public readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: WarehouseFunctionProps) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Log', { retention: logs.RetentionDays.THREE_MONTHS, removalPolicy: removalPolicy(props.ephemeral) });
    this.role = new iam.Role(this, 'Role', {
      description: props.description,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Access: new iam.PolicyDocument({
          statements: [
            ...props.statements,
            ...keyOf(props.deadLetterQueue),
            new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
          ],
        }),
      },
    });
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      code: lambda.Code.fromAsset(packagePath('lambda', props.folder ?? 'warehouse'), { exclude: NOT_SHIPPED }),
      handler: `${props.module}.handler`,
      runtime: lambda.Runtime.PYTHON_3_14,
      architecture: lambda.Architecture.ARM_64,
      timeout: props.timeout ?? Duration.minutes(10),
      memorySize: 256,
      role: this.role,
      logGroup,
      environment: props.environment,
      deadLetterQueue: props.deadLetterQueue,
    });
    acknowledge(this.function, { 'AwsSolutions-L1': 'It is the newest runtime of the oldest CDK that the library supports.' });
  }
}

/**
 * Returns what it takes to send to an encrypted queue, beside the right to send, which the CDK gives.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
function keyOf(queue?: sqs.IQueue): iam.PolicyStatement[] {
  const key = queue?.encryptionMasterKey;
  return key ? [new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] })] : [];
}
