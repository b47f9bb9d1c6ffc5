import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { allowWildcards } from './nag';

const MANAGE = ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'];
const DESCRIBE = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];

/**
 * Lets Lambda connect a function to a VPC with its role, and the function's code use none of it. These are the actions of the managed policy
 * AWSLambdaVPCAccessExecutionRole, which also writes to every log group; Lambda needs them on all interfaces of the account.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
export function allowNetworkInterfaces(role: iam.Role): void {
  role.addToPolicy(new iam.PolicyStatement({
    actions: MANAGE,
    resources: [Stack.of(role).formatArn({ service: 'ec2', resource: '*', resourceName: '*' })],
  }));
  role.addToPolicy(new iam.PolicyStatement({ actions: DESCRIBE, resources: ['*'] }));
  // Only what a function's code calls carries the function's ARN: what Lambda itself calls does not.
  role.addToPolicy(new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    actions: [...MANAGE, ...DESCRIBE],
    resources: ['*'],
    conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
  }));
  allowWildcards(role, {
    finding: /^Resource::(\*|arn:.+:ec2:.+:\*\/\*)$/,
    reason: 'Lambda makes and deletes the network interfaces of functions in a VPC, whose names are not known before. The function\'s code may not.',
  });
}
