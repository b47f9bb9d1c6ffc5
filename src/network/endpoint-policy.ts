import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';

/** Returns the statement of an interface endpoint: only principals of these accounts use it. */
export function ownPrincipals(accounts: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'OwnPrincipals',
    principals: [new iam.AnyPrincipal()],
    actions: ['*'],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:PrincipalAccount': accounts } },
  });
}

/** Returns the statement of a gateway endpoint: only principals of these accounts use it, and reach nothing but what the accounts own. */
export function ownPrincipalsAndResources(service: string, accounts: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'OwnPrincipalsAndResources',
    principals: [new iam.AnyPrincipal()],
    actions: [`${service}:*`],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:PrincipalAccount': accounts, 'aws:ResourceAccount': accounts } },
  });
}

/**
 * Returns the statement that lets Glue jobs read what Glue keeps for them in buckets of its own.
 *
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSGlueServiceRole.html
 */
export function bucketsOfGlue(scope: IConstruct, accounts: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'BucketsOfGlue',
    principals: [new iam.AnyPrincipal()],
    actions: ['s3:GetObject'],
    resources: [Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: 'aws-glue-*', resourceName: '*' })],
    conditions: { StringEquals: { 'aws:PrincipalAccount': accounts } },
  });
}
