import { App, Stack, Validations, aws_iam as iam, aws_s3 as s3 } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge, allowWildcards } from '../../src/private/nag';
import { nagErrors } from './nag';

function role(stack: Stack, id: string, resource: string): iam.Role {
  const made = new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  made.addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [resource] }));
  return made;
}

test('the check is alive: a planted violation is reported', () => {
  const stack = new Stack(new App(), 'Planted');
  new s3.Bucket(stack, 'Bucket');

  const errors = nagErrors(stack);

  expect(errors).toContainEqual(expect.stringMatching(/^AwsSolutions-S1 Planted\/Bucket\/Resource: /));
  expect(errors).toContainEqual(expect.stringMatching(/^AwsSolutions-S10 Planted\/Bucket\/Resource: /));
});

test('the helper reports what a user who adds the pack to the app gets', () => {
  const exitCode = process.exitCode;
  const printed = jest.spyOn(console, 'error').mockImplementation(() => {});
  jest.spyOn(console, 'log').mockImplementation(() => {});
  const app = new App();
  const stack = new Stack(app, 'Planted');
  new s3.Bucket(stack, 'Bucket');
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

  try { app.synth(); } finally { process.exitCode = exitCode; }
  printed.mockRestore();

  const found = new AwsSolutionsChecks().validateScope(app).violations.map((violation) => violation.ruleName);
  expect(nagErrors(stack).map((line) => line.split(' ')[0]).sort()).toEqual(found.sort());
});

test('an acknowledged rule is silent on that construct only', () => {
  const stack = new Stack(new App(), 'Stack');
  acknowledge(new s3.Bucket(stack, 'Known'), { 'AwsSolutions-S1': 'because' });
  new s3.Bucket(stack, 'Unknown');

  const s1 = nagErrors(stack).filter((line) => line.startsWith('AwsSolutions-S1 '));

  expect(s1).toHaveLength(1);
  expect(s1[0]).toContain('Stack/Unknown/');
});

test('an allowed wildcard is silent, any other wildcard is not', () => {
  const stack = new Stack(new App(), 'Stack');
  const bucket = new s3.Bucket(stack, 'Bucket');
  allowWildcards(role(stack, 'Allowed', bucket.arnForObjects('incoming/*')), { finding: /^Resource::.*\/incoming\/\*$/, reason: 'its prefix' });
  allowWildcards(role(stack, 'TooWide', bucket.arnForObjects('*')), { finding: /^Resource::.*\/incoming\/\*$/, reason: 'its prefix' });

  const iam5 = nagErrors(stack).filter((line) => line.startsWith('AwsSolutions-IAM5'));

  expect(iam5).toHaveLength(1);
  expect(iam5[0]).toContain('Stack/TooWide/');
});
