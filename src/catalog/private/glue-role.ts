import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledge } from '../../private/nag';
import { GlueSecurity } from '../glue-security';
import { InlinePrincipal } from './inline-principal';

/** The role of one job or crawler, with its permissions inside. */
export class GlueRole {
  public readonly role: iam.Role;
  /** Grants made to it go into the role itself. */
  public readonly grantee: iam.IPrincipal;

  constructor(private readonly scope: Construct, description: string) {
    const document = new iam.PolicyDocument({ minimize: true });
    this.role = new iam.Role(scope, 'Role', {
      description,
      assumedBy: new iam.ServicePrincipal('glue.amazonaws.com'),
      inlinePolicies: { Access: document },
    });
    this.grantee = new InlinePrincipal(document, () => this.role);
    acknowledge(this.role, {
      'AwsSolutions-IAM5': 'Wildcards end at this job\'s or crawler\'s prefixes in the zones, its own log groups and its database\'s tables; '
        + 'PutMetricData and GetSecurityConfiguration take no resources.',
    });
  }

  public allow(actions: string[], resources: string[], conditions?: { [operator: string]: unknown }): void {
    this.grantee.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
  }

  /** Writes encrypted logs to groups whose names begin so. */
  public allowLogs(security: GlueSecurity, logGroupPrefix: string): void {
    const { partition, region, account } = Stack.of(this.scope);
    const group = `arn:${partition}:logs:${region}:${account}:log-group:${logGroupPrefix}`;
    // AssociateKmsKey: without it Glue writes no logs under a security configuration.
    // https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    this.allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey'], [`${group}*`]);
    this.allow(['glue:GetSecurityConfiguration'], ['*']);
    security.encryptionKey.grantEncryptDecrypt(this.grantee);
  }
}

/** ARNs of a database and of what is needed to reach tables in it. */
export function tableArns(scope: Construct, databaseName: string, ...tables: string[]): string[] {
  const stack = Stack.of(scope);
  const arn = (resource: string, resourceName?: string) => stack.formatArn({ service: 'glue', resource, resourceName });
  return [arn('catalog'), arn('database', databaseName), ...tables.map((table) => arn('table', `${databaseName}/${table}`))];
}
