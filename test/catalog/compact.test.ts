import { App, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { compact, CompactPolicyDocument } from '../../src/catalog/private/compact';

test('text with references becomes Fn::Sub', () => {
  expect(compact({ a: [{ 'Fn::Join': ['', ['s3://', { Ref: 'Bucket' }, '/x/', { 'Fn::GetAtt': ['Key', 'Arn'] }, { 'Fn::Sub': '-${AWS::Region}' }]] }] }))
    .toEqual({ a: [{ 'Fn::Sub': 's3://${Bucket}/x/${Key.Arn}-${AWS::Region}' }] });
});

test('a dollar and a brace in the text stay text', () => {
  expect(compact({ 'Fn::Join': ['', ['${a}', { Ref: 'B' }]] })).toEqual({ 'Fn::Sub': '${!a}${B}' });
});

test.each([
  [{ 'Fn::Join': ['', ['a', { 'Fn::ImportValue': 'x' }]] }],
  [{ 'Fn::Join': ['-', ['a', { Ref: 'B' }]] }],
  [{ 'Fn::Join': ['', { 'Fn::Split': [',', 'a,b'] }] }],
  [{ Ref: 'A' }], ['text'], [7], [false], [null],
])('%j stays as it is', (value) => {
  expect(compact(value)).toEqual(value);
});

function documentOf(...statements: iam.PolicyStatementProps[]): any[] {
  const stack = new Stack(new App(), 'Test');
  const document = new CompactPolicyDocument();
  document.addStatements(...statements.map((props) => new iam.PolicyStatement(props)));
  new CfnResource(stack, 'Resource', { type: 'A::B::C', properties: { document } });
  return (stack.resolve(document) as any).Statement;
}

const listing = (resource: string, ...prefixes: string[]): iam.PolicyStatementProps =>
  ({ actions: ['s3:ListBucket'], resources: [resource], conditions: { StringLike: { 's3:prefix': prefixes } } });

test('statements that differ in their prefix alone are one, that allows what they did', () => {
  expect(documentOf(listing('a', 'x/*', 'x'), listing('a', 'y/*', 'x'), listing('b', 'z/*'))).toEqual([
    { Action: 's3:ListBucket', Effect: 'Allow', Resource: 'a', Condition: { StringLike: { 's3:prefix': ['x/*', 'x', 'y/*'] } } },
    { Action: 's3:ListBucket', Effect: 'Allow', Resource: 'b', Condition: { StringLike: { 's3:prefix': ['z/*'] } } },
  ]);
});

test('statements with other conditions stay apart', () => {
  const other = (value: string) => ({ ...listing('a', 'x/*'), conditions: { StringLike: { 's3:prefix': 'x/*' }, Bool: { 'aws:SecureTransport': value } } });
  expect(documentOf(other('true'), other('false'))).toHaveLength(2);
});

describe('a document of an app that is synthesized', () => {
  function written() {
    const app = new App();
    const stack = new Stack(app, 'Test');
    const document = new CompactPolicyDocument();
    document.addStatements(new iam.PolicyStatement(listing('a', 'x/*')));
    const resource = new CfnResource(stack, 'Resource', { type: 'A::B::C', properties: { document } });
    const synth = () => app.synth({ force: true }).getStackByName('Test').template.Resources.Resource.Properties;
    return { document, resource, synth, stack };
  }

  test('is the same for whoever asks', () => {
    const { document, stack, synth } = written();
    const { document: inTemplate } = synth();
    expect(stack.resolve(document)).toEqual(inTemplate);
    expect(inTemplate.Statement).toHaveLength(1);
  });

  test('has what was added before it is synthesized again', () => {
    const { document, synth } = written();
    synth();
    document.addStatements(new iam.PolicyStatement(listing('b', 'y/*')));
    expect(synth().document.Statement.map(({ Resource }: any) => Resource)).toEqual(['a', 'b']);
  });

  test('has what is added between two looks at it before', () => {
    const { document, stack, synth } = written();
    expect(stack.resolve(document).Statement).toHaveLength(1);
    document.addStatements(new iam.PolicyStatement(listing('b', 'y/*')));
    expect(stack.resolve(document).Statement).toHaveLength(2);
    expect(synth().document.Statement).toHaveLength(2);
  });

  test('knows the resources of other stacks that it names', () => {
    const { document, stack, synth } = written();
    const other = new CfnResource(new Stack(stack.node.root, 'Other'), 'Bucket', { type: 'AWS::S3::Bucket' });
    document.addStatements(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`${other.getAtt('Arn')}/*`] }));
    expect(JSON.stringify(synth().document)).toContain('Other:ExportsOutputFnGetAttBucketArn');
    expect(stack.dependencies.map(({ node }) => node.id)).toEqual(['Other']);
  });
});

test('an empty document stays empty', () => {
  expect(new Stack(new App(), 'Test').resolve(new CompactPolicyDocument())).toBeUndefined();
});

test('references of another stack are left to CloudFormation', () => {
  expect(documentOf({ actions: ['s3:GetObject'], resources: [`${Fn.importValue('BucketArn')}/*`] })[0].Resource).toEqual({ 'Fn::Join': ['', [{ 'Fn::ImportValue': 'BucketArn' }, '/*']] });
});

test.each([['a', 'b'], ['b', 'a']])('resources keep their order when the hashes of assets change: %s and %s', (modules, script) => {
  const document = new CompactPolicyDocument();
  const asset = (digit: string, extension: string) => `arn:aws:s3:::assets/${digit.repeat(64)}.${extension}`;
  document.addStatements(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [asset(modules, 'zip'), 'arn:aws:s3:::data/*', asset(script, 'py')] }));
  expect(new Stack(new App(), 'Test').resolve(document).Statement[0].Resource).toEqual([asset(script, 'py'), asset(modules, 'zip'), 'arn:aws:s3:::data/*']);
});
