import { Stack } from 'aws-cdk-lib';

/**
 * Makes something in a stack that knows these Availability Zones. A VPC asks its stack for them even if they are given, and a stack with an
 * environment would look them up in the account at synthesis. To override the property is the CDK's way to choose another strategy.
 *
 * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.Stack.html#availabilityzones
 */
export function withZones<T>(stack: Stack, zones: string[], make: () => T): T {
  // Overridden by the app already, on the stack itself: no lookup there either.
  if (Object.prototype.hasOwnProperty.call(stack, 'availabilityZones')) return make();
  Object.defineProperty(stack, 'availabilityZones', { value: zones, configurable: true });
  try {
    return make();
  } finally {
    delete (stack as { availabilityZones?: string[] }).availabilityZones;
  }
}
