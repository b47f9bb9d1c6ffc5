import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IDependable } from 'constructs';
import { CompactPolicyDocument } from './compact';
import { AllowedWildcard, allowWildcards } from '../../private/nag';

/** What a principal is known by. */
type Identity = Pick<iam.IPrincipal, 'policyFragment' | 'principalAccount'>;

/**
 * Takes what is granted to it into a policy document.
 *
 * A role's separate policy is created after the role, so that a job can start before it may do anything; an inline policy is there with the
 * role, and is one resource less.
 */
export class InlinePrincipal implements iam.IPrincipal {
  public readonly grantPrincipal: iam.IPrincipal = this;
  public readonly assumeRoleAction = 'sts:AssumeRole';

  /**
   * @param document takes the statements
   * @param identity who is asking, for policies of resources in other accounts
   * @param dependable what must be there before the statements hold
   */
  constructor(private readonly document: iam.PolicyDocument, private readonly identity: () => Identity, private readonly dependable: IDependable) {}

  public get policyFragment(): iam.PrincipalPolicyFragment {
    return this.identity().policyFragment;
  }

  public get principalAccount(): string | undefined {
    return this.identity().principalAccount;
  }

  public addToPolicy(statement: iam.PolicyStatement): boolean {
    return this.addToPrincipalPolicy(statement).statementAdded;
  }

  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    this.document.addStatements(statement);
    return { statementAdded: true, policyDependable: this.dependable };
  }
}

/** What many roles may do alike, written once: a lake of many tables has many roles, and CloudFormation takes no template over 1 MB. */
export class SharedPolicy {
  /** Grants made to it go into the policy. */
  public readonly grantee: iam.IPrincipal;
  private readonly policy: iam.ManagedPolicy;

  constructor(scope: Construct, id: string, description: string, ...wildcards: AllowedWildcard[]) {
    const document = new CompactPolicyDocument();
    this.policy = new iam.ManagedPolicy(scope, id, { description, document });
    this.grantee = new InlinePrincipal(document, () => ({
      policyFragment: new iam.AccountPrincipal(this.policy.stack.account).policyFragment,
      principalAccount: this.policy.env.account,
    }), this.policy);
    allowWildcards(this.policy, ...wildcards);
  }

  public allow(actions: string[], resources: string[], conditions?: { [operator: string]: unknown }): void {
    this.grantee.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
  }

  public attachTo(role: iam.IRole): void {
    role.addManagedPolicy(this.policy);
  }
}

/**
 * A tag of a table's role, which names the table. One policy then lets each role at its own table's files and entries: without the tag, or with
 * that of another table, nothing of this one matches.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export const TABLE_TAG = 'DataLakeTable';

/** The name of the table whose role asks, in the resources and conditions of a policy. */
export const OWN_TABLE = `\${aws:PrincipalTag/${TABLE_TAG}}`;
