import { App, CfnResource, NestedStack, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { beginningOfRoleNames, generatedLength, newWithStack } from '../../src/private/stack-names';
import { dashboardIn, OLIST, warehouseOf } from '../warehouse/support';
import { template } from '../zone/helpers';

const GUID = { 'Fn::Select': [0, { 'Fn::Split': ['-', { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }] }] };

function named(id: string, maxLength: number, isLowerCase?: boolean): [string, unknown] {
  const stack = new Stack(new App(), 'Stack');
  const [text, guid, ...rest] = stack.resolve(newWithStack(new Construct(stack, id), maxLength, isLowerCase))['Fn::Join'][1];
  expect(rest).toEqual([]);
  return [text, guid];
}

test.each<[string, string, number, boolean | undefined, RegExp]>([
  ['a short one is kept', 'Some', 64, undefined, /^Stack-Some-[0-9A-F]{8}-$/],
  ['in lower case', 'Some', 64, true, /^stack-some-[0-9a-f]{8}-$/],
  ['a long one is cut', 'x'.repeat(200), 64, true, /^stack-x+-[0-9a-f]{8}-$/],
])('a name is new with each stack: %s', (_, id, maxLength, isLowerCase, pattern) => {
  const [text, guid] = named(id, maxLength, isLowerCase);
  expect([text, guid]).toEqual([expect.stringMatching(pattern), GUID]);
  expect(text.length + 'abcd1234'.length).toBeLessThanOrEqual(maxLength);
});

/** What stays when its stack is gone, or what the service keeps the id of: the next stack of that name makes its own. */
test.each<[string, string]>([
  ['AWS::RedshiftServerless::Namespace', 'NamespaceName'],
  ['AWS::RedshiftServerless::Workgroup', 'WorkgroupName'],
  ['AWS::Athena::WorkGroup', 'Name'],
  ['AWS::QuickSight::VPCConnection', 'VPCConnectionId'],
  ['AWS::QuickSight::Analysis', 'AnalysisId'],
  ['AWS::QuickSight::Dashboard', 'DashboardId'],
])('%s: %s is new with each stack', (type, property) => {
  const { stack } = warehouseOf({}, dashboardIn(OLIST));
  const found = Object.values(template(stack).findResources(type));
  expect(found).not.toEqual([]);
  for (const { Properties } of found) expect(Properties[property]['Fn::Join'][1]).toContainEqual(GUID);
});

describe('of roles', () => {
  const parent = new Stack(new App(), 'AStackOfALongName');

  test('the beginning is the stack\'s name, as far as IAM has room for it', () => {
    expect(beginningOfRoleNames(parent)).toBe('AStackOfALon');
    expect(beginningOfRoleNames(new Stack(new App(), 'Lake'))).toBe('Lake-');
  });

  test('that of a nested stack\'s roles is its parent\'s', () => {
    expect(beginningOfRoleNames(new NestedStack(new NestedStack(parent, 'Nested'), 'Inner'))).toBe('AStackOfALon');
  });
});

describe('the length of a name that CloudFormation makes', () => {
  const resourceIn = (stack: Stack) => new kms.Key(stack, 'Key').node.defaultChild as CfnResource;

  test('is that of the stack\'s name and the logical id', () => {
    const resource = resourceIn(new Stack(new App(), 'Lake'));
    expect(generatedLength(resource, 255)).toBe('Lake--ABCDEFGHIJKL'.length + resource.stack.getLogicalId(resource).length);
    expect(generatedLength(resource, 20)).toBe(20);
  });

  test('in a nested stack, whose name is not known, it is the longest', () => {
    const resource = resourceIn(new NestedStack(new Stack(new App(), 'Lake'), 'Nested'));
    expect(generatedLength(resource, 255)).toBe(128 + 14 + resource.stack.getLogicalId(resource).length);
  });
});
