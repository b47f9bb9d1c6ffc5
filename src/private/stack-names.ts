import { CfnResource, Fn, Names, Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html */
const LONGEST_STACK_NAME = 128;

/** How much of a stack's name is in the names of its roles, however long the rest is: a role's name has 64 characters. */
const KEPT_IN_ROLE_NAMES = 12;

/**
 * Returns a name that is new with each stack: what a stack that is gone has left behind may still have the old one.
 *
 * @param construct what is named
 * @param maxLength the most characters
 * @param isLowerCase whether it has lower-case letters, digits and hyphens only
 */
export function newWithStack(construct: IConstruct, maxLength: number, isLowerCase = false): string {
  const guid = Fn.select(2, Fn.split('/', Stack.of(construct).stackId));
  const name = Names.uniqueResourceName(construct, { maxLength: maxLength - 9, separator: '-', allowedSpecialCharacters: isLowerCase ? '-' : undefined });
  return `${isLowerCase ? name.toLowerCase() : name}-${Fn.select(0, Fn.split('-', guid))}`;
}

/** Returns the most characters of a name that CloudFormation generates: the stack's name, the logical id, and fourteen of its own. */
export function generatedLength(resource: CfnResource, most: number): number {
  const { stack } = resource;
  const ofStack = Token.isUnresolved(stack.stackName) ? LONGEST_STACK_NAME : stack.stackName.length;
  return Math.min(most, ofStack + stack.getLogicalId(resource).length + 14);
}

/** Returns what the generated names of a stack's roles begin with. Only CloudFormation knows a nested stack's name, which begins with its parent's. */
export function beginningOfRoleNames(stack: Stack): string {
  const { nestedStackParent: parent, stackName } = stack;
  return parent ? beginningOfRoleNames(parent) : `${stackName}-`.slice(0, KEPT_IN_ROLE_NAMES);
}
