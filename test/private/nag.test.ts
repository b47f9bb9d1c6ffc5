import { App, CfnResource, Fn, IPolicyValidationContext, Stack, aws_iam as iam, aws_s3 as s3 } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Construct, IConstruct } from 'constructs';
import { nagErrors } from './nag';
import { acknowledge, allowWildcards } from '../../src/private/nag';

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

test('the helper reports what a user who adds the pack as a plugin gets', () => {
  const app = new App();
  const stack = new Stack(app, 'Planted');
  new s3.Bucket(stack, 'Bucket');
  const lines = nagErrors(stack);

  // What the plugin is called with from newer releases of aws-cdk-lib; 2.257 does not give it the tree, and it finds nothing.
  const report = new AwsSolutionsChecks(app).validate({ templatePaths: [], appConstruct: app } as IPolicyValidationContext);

  expect(report.success).toBe(false);
  expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(report.violations.map(({ ruleName }) => ruleName).sort());
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

test('findings with a literal ARN can be acknowledged too', () => {
  const stack = new Stack(new App(), 'Stack');
  allowWildcards(role(stack, 'Literal', 'arn:aws-cn:s3:::bucket/incoming/*'), { finding: /\/incoming\/\*$/, reason: 'its prefix' });

  expect(nagErrors(stack).filter((line) => line.startsWith('AwsSolutions-IAM5'))).toEqual([]);
});

test('allowed wildcards are found in a role\'s inline policies, actions and every form of reference', () => {
  const stack = new Stack(new App(), 'Stack');
  const bucket = new s3.Bucket(stack, 'Bucket');
  const made = new iam.Role(stack, 'Role', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      data: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({ actions: ['s3:Get*'], resources: [bucket.arnForObjects('*'), Fn.sub('arn:${AWS::Partition}:s3:::x/*')] }),
          new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [`${Fn.importValue('Elsewhere')}/*`, Fn.select(0, ['arn:x*', 'y'])] }),
          new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['*'], resources: ['*'] }),
        ],
      }),
    },
  });
  const before = nagErrors(new Stack(new App(), 'Empty'));
  allowWildcards(made, { finding: /^(Action|Resource)::/, reason: 'all of them' });

  expect([...before, ...nagErrors(stack).filter((line) => line.startsWith('AwsSolutions-IAM5'))]).toEqual([]);
});

describe('cdk-nag 2, which reads the metadata of resources', () => {
  /** Its suppressions, and whether one applies, as its release 2.38 has it. */
  const suppressions = (construct: IConstruct): any[] => (construct.node.defaultChild as CfnResource).getMetadata('cdk_nag')?.rules_to_suppress ?? [];
  const applies = ({ applies_to: findings }: any, finding: string): boolean =>
    findings.some((one: any) => one === finding || (one.regex && new RegExp(one.regex.match(/\/(.*)\/(.*)?/)[1]).test(finding)));

  test('finds acknowledged rules, one by one', () => {
    const bucket = new s3.Bucket(new Stack(new App(), 'Stack'), 'Bucket');
    acknowledge(bucket, { 'AwsSolutions-S1': 'for this reason' });
    acknowledge(bucket, { 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/P]': 'for that reason' });

    expect(suppressions(bucket)).toEqual([
      { id: 'AwsSolutions-S1', reason: 'for this reason' },
      { id: 'AwsSolutions-IAM4', reason: 'for that reason', applies_to: ['Policy::arn:<AWS::Partition>:iam::aws:policy/P'] },
    ]);
  });

  test('finds allowed wildcards, and no others', () => {
    const stack = new Stack(new App(), 'Stack');
    const made = role(stack, 'Role', 'arn:aws:s3:::bucket/incoming/*');
    allowWildcards(made, { finding: /^Resource::.*\/incoming\/\*$/, reason: 'its own prefix' });

    for (const holder of [made, made.node.findChild('DefaultPolicy')]) {
      expect(suppressions(holder)).toEqual([{ id: 'AwsSolutions-IAM5', reason: 'its own prefix', applies_to: [{ regex: expect.any(String) }] }]);
      expect(applies(suppressions(holder)[0], 'Resource::<Bucket.Arn>/incoming/*')).toBe(true);
      expect(applies(suppressions(holder)[0], 'Resource::<Bucket.Arn>/*')).toBe(false);
    }
  });

  test('leaves nothing of that in the template', () => {
    const stack = new Stack(new App(), 'Stack');
    acknowledge(new s3.Bucket(stack, 'Bucket'), { 'AwsSolutions-S1': 'for this reason' });

    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('Metadata');
  });

  test('a construct without a resource of its own has none', () => {
    expect(() => acknowledge(new Construct(new Stack(new App(), 'Stack'), 'Empty'), { 'AwsSolutions-S1': 'for this reason' })).not.toThrow();
  });
});
