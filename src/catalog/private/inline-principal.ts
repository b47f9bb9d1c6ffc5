import * as iam from 'aws-cdk-lib/aws-iam';

/**
 * Takes what is granted to it into a policy document that is written inside the role.
 *
 * A role's separate policy is created after the role, so that a job can start before it may do anything; an inline policy is there with the
 * role, and is one resource less.
 */
export class InlinePrincipal implements iam.IPrincipal {
  public readonly grantPrincipal: iam.IPrincipal = this;
  public readonly assumeRoleAction = 'sts:AssumeRole';

  constructor(private readonly document: iam.PolicyDocument, private readonly role: () => iam.IRole) {}

  public get policyFragment(): iam.PrincipalPolicyFragment {
    return this.role().policyFragment;
  }

  public get principalAccount(): string | undefined {
    return this.role().principalAccount;
  }

  public addToPolicy(statement: iam.PolicyStatement): boolean {
    return this.addToPrincipalPolicy(statement).statementAdded;
  }

  public addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    this.document.addStatements(statement);
    return { statementAdded: true, policyDependable: this.role() };
  }
}
