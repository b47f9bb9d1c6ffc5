import { Annotations, Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { WARNINGS } from './annotations';

/** Log groups of the stack's account and region, and the sid of the statement that lets CloudWatch Logs encrypt them. */
export interface EncryptedLogGroups {
  readonly sid: string;
  /** Pattern of their names, such as `/aws-glue/*`. */
  readonly names: string;
}

/**
 * Lets CloudWatch Logs use a key for log groups of certain names, and no others; warns with the statement where the policy cannot be changed.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function allowCloudWatchLogs(scope: IConstruct, key: kms.IKey, { sid, names }: EncryptedLogGroups): void {
  const { partition, region, account } = Stack.of(scope);
  const statement = new iam.PolicyStatement({
    sid,
    principals: [new iam.ServicePrincipal(`logs.${region}.${Aws.URL_SUFFIX}`)],
    actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
    resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:${names}` } },
  });
  if (key.addToResourcePolicy(statement, true).statementAdded) return;
  Annotations.of(scope).addWarningV2(
    WARNINGS.logKeyPolicyNotChanged,
    'the policy of an imported key cannot be changed from here: without this statement in it, no log group can be made with it: '
    + JSON.stringify(Stack.of(scope).resolve(statement.toStatementJson())));
}
