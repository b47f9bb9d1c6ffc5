import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';

/** Without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const LARGEST_MANAGED_POLICY = 6144;

/** Attached to one role, unless the account's quota is raised: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_MANAGED_POLICIES = 10;

/** 20 KB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html */
const LARGEST_BUCKET_POLICY = 20 * 1024;

/** As long as the ARN of a role or of a key gets; a bucket's is shorter. */
const REFERENCE = 'x'.repeat(100);

/** Returns how many characters statements have at most, once what they refer to has its name. */
export function sizeOf(scope: IConstruct, statements: iam.PolicyStatement[]): number {
  const document = { Version: '2012-10-17', Statement: statements.map((statement) => statement.toStatementJson()) };
  return JSON.stringify(named(Stack.of(scope).resolve(document))).length;
}

/** Returns statements in few managed policies, each in the first that has room for it; throws an error where AWS would refuse one. */
export function managedPolicies(scope: IConstruct, what: string, statements: iam.PolicyStatement[]): iam.PolicyStatement[][] {
  const policies: iam.PolicyStatement[][] = [];
  const sizes: number[] = [];
  const empty = sizeOf(scope, []);
  for (const statement of statements) {
    const size = sizeOf(scope, [statement]);
    // With a comma between two.
    const found = sizes.findIndex((taken) => taken + size - empty + 1 <= LARGEST_MANAGED_POLICY);
    if (found >= 0) {
      policies[found].push(statement);
      sizes[found] += size - empty + 1;
    } else {
      policies.push([statement]);
      sizes.push(size);
    }
    if (size > LARGEST_MANAGED_POLICY) {
      throw new Error(`statement ${statement.sid} of ${what} has up to ${size} characters, and a managed policy takes ${LARGEST_MANAGED_POLICY}: `
        + 'give fewer tables a class above their zone\'s, or put them into a zone of that class');
    }
  }
  if (policies.length > MOST_MANAGED_POLICIES) {
    throw new Error(`the policies of ${what} are ${policies.length}, and a role takes ${MOST_MANAGED_POLICIES}: give the lake fewer zones`);
  }
  return policies;
}

/** So many references fit into one statement of a managed policy, beside its actions and conditions. */
const MOST_RESOURCES = 30;

/** Returns a statement on many resources as several, numbered from the second on: a managed policy takes no more. */
export function inParts(
  sid: string, actions: string[], resources: string[], conditions?: { [operator: string]: { [key: string]: string | string[] } }, effect?: iam.Effect,
): iam.PolicyStatement[] {
  const parts = Array.from({ length: Math.ceil(resources.length / MOST_RESOURCES) }, (_, index) =>
    resources.slice(index * MOST_RESOURCES, (index + 1) * MOST_RESOURCES));
  return parts.map((part, index) => new iam.PolicyStatement({ sid: `${sid}${index ? index + 1 : ''}`, effect, actions, resources: part, conditions }));
}

/** Refuses statements of a bucket that AWS would refuse as too many. */
export function requireBucketPolicySize(scope: IConstruct, what: string, statements: iam.PolicyStatement[]): void {
  const size = sizeOf(scope, statements);
  if (size <= LARGEST_BUCKET_POLICY) return;
  throw new Error(`the statements on classes of ${what} have up to ${size} characters, and a bucket policy takes ${LARGEST_BUCKET_POLICY}: `
    + 'give fewer tables a class above their zone\'s, or put them into a zone of that class');
}

/** A rendered value with a name of the greatest length in the place of each reference. */
function named(value: any): any {
  if (Array.isArray(value)) return value.map(named);
  if (typeof value !== 'object' || value === null) return value;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(named).join(value['Fn::Join'][0]);
  if (value.Ref?.startsWith?.('AWS::')) return 'x'.repeat(20);
  if ('Ref' in value || Object.keys(value).some((key) => key.startsWith('Fn::'))) return REFERENCE;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, named(child)]));
}
