import { CfnResource, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const RESOURCES = 500;
const BYTES = 1_000_000;
/** What a resource of a lake takes in a template that is indented, on average, without the schemas of tables. */
const BYTES_OF_RESOURCE = 1_300;

/** Returns why CloudFormation would not take the stack of a catalog, and the way out. */
export function stackErrors(scope: IConstruct, schemas: string[]): string[] {
  const stack = Stack.of(scope);
  const count = stack.node.findAll().filter((one) => CfnResource.isCfnResource(one) && one.stack === stack).length;
  const fix = 'give some tables to a second lake, in a stack of its own';
  if (count > RESOURCES) return [`stack "${stack.stackName}" has ${count} resources, ${4 * schemas.length} of them for ${schemas.length} tables: CloudFormation takes ${RESOURCES}; ${fix}`];
  // As they are written: JSON in JSON.
  const bytes = count * BYTES_OF_RESOURCE + schemas.reduce((sum, schema) => sum + JSON.stringify(schema).length, 0);
  if (bytes <= BYTES) return [];
  return [`template of stack "${stack.stackName}" would have about ${bytes} bytes: CloudFormation takes ${BYTES}; ${fix}, or set suppressTemplateIndentation on the stack`];
}
