import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CompactPolicyDocument } from './compact';
import { InlinePrincipal } from './shared-policy';
import { AllowedWildcard, allowWildcards } from '../../private/nag';

/** What Glue does with the key of its logs. */
export const KEY_OF_LOGS = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'];

export const WILDCARDS: AllowedWildcard[] = [
  { finding: /^Resource::.+:log-group:\/aws-glue\/.+\*$/, reason: 'Glue names the log groups and streams, below a prefix of its own.' },
  { finding: /^Resource::.+:table\/.+\/\*$/, reason: 'It finds the tables of its own database.' },
  { finding: /^Resource::\*$/, reason: 'cloudwatch:PutMetricData, glue:GetSecurityConfiguration and the actions of bookmarks take no resources; the first is held to the namespace of Glue.' },
];

/** The role of one job or crawler, with its permissions inside. */
export class GlueRole {
  public readonly role: iam.Role;
  /** Grants made to it go into the role itself. */
  public readonly grantee: iam.IPrincipal;

  /**
   * @param scope the job or crawler
   * @param description what the role is for
   * @param prefixes prefixes of buckets that the job or crawler works below
   */
  constructor(private readonly scope: Construct, description: string, prefixes: string[]) {
    const document = new CompactPolicyDocument();
    this.role = new iam.Role(scope, 'Role', {
      description,
      assumedBy: new iam.ServicePrincipal('glue.amazonaws.com'),
      inlinePolicies: { Access: document },
    });
    this.grantee = new InlinePrincipal(document, () => this.role, this.role);
    allowWildcards(this.role, {
      finding: new RegExp(`^Resource::.+/(${prefixes.join('|')})(\\w+/)?\\*$`),
      reason: 'It works on all objects of its own prefixes, and of no others.',
    }, ...WILDCARDS);
  }

  public allow(actions: string[], resources: string[], conditions?: { [operator: string]: unknown }): void {
    this.grantee.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
  }

  /** Allows writing encrypted logs to the log groups whose names start with the given prefix. */
  public allowLogs(encryptionKey: kms.IKey, logGroupPrefix: string): void {
    this.allowLogGroups(logGroupPrefix);
    this.allow(['glue:GetSecurityConfiguration'], ['*']);
    encryptionKey.grant(this.grantee, ...KEY_OF_LOGS);
  }

  /** The part of `allowLogs` that is not the same for all jobs. */
  public allowLogGroups(logGroupPrefix: string): void {
    const { partition, region, account } = Stack.of(this.scope);
    // AssociateKmsKey: without it Glue writes no logs under a security configuration.
    // https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
    const actions = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey'];
    this.allow(actions, [`arn:${partition}:logs:${region}:${account}:log-group:${logGroupPrefix}*`]);
  }
}
