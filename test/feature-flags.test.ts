import * as fs from 'fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as cxapi from 'aws-cdk-lib/cx-api';
import { newStack } from './zone/helpers';

const RECOMMENDED: Record<string, unknown> = JSON.parse(fs.readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8'));
const areOn = process.env.LAKE_TEST_FLAGS === 'recommended';
const NAMES = [...new Set([...Object.keys(cxapi.FLAGS), ...Object.keys(RECOMMENDED)])];

test('there are flags to test with', () => {
  expect(Object.keys(RECOMMENDED).length).toBeGreaterThan(50);
});

test.each<[string, () => Stack]>([
  ['an app', () => new Stack(new App(), 'Stack')],
  ['an app with context of its own', () => new Stack(new App({ context: { mine: 1 } }), 'Stack')],
  ['a stack without an app', () => new Stack()],
  ['the tests\' own stacks', () => newStack()],
])(`${areOn ? 'every recommended flag is' : 'no flag is'} set in %s`, (_, make) => {
  const { node } = make();
  const found = NAMES.filter((name) => node.tryGetContext(name) !== undefined);
  expect(Object.fromEntries(found.map((name) => [name, node.tryGetContext(name)]))).toEqual(areOn ? RECOMMENDED : {});
});

test('a flag that a test sets wins', () => {
  for (const value of [true, false]) {
    expect(newStack({ '@aws-cdk/aws-iam:minimizePolicies': value }).node.tryGetContext('@aws-cdk/aws-iam:minimizePolicies')).toBe(value);
  }
});

test('the flags work: the CDK makes a function\'s log group with them only', () => {
  const stack = new Stack();
  new lambda.Function(stack, 'Function', { runtime: lambda.Runtime.PYTHON_3_14, handler: 'index.handler', code: lambda.Code.fromInline('x') });
  Template.fromStack(stack).resourceCountIs('AWS::Logs::LogGroup', areOn ? 1 : 0);
});

test('npm test runs these tests with no flag, and with all of them', () => {
  const { checks } = jest.requireActual<{ checks(python: string): { name: string; env?: NodeJS.ProcessEnv }[] }>('../bin/dev/checks.js');
  const flagsOf = (check: string) => checks('python').find(({ name }) => name === check)?.env?.LAKE_TEST_FLAGS;
  expect({ jest: flagsOf('jest'), flags: flagsOf('flags') }).toEqual({ jest: 'none', flags: 'recommended' });
});
