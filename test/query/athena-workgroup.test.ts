import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AccessLogBucket, AthenaWorkgroup, AthenaWorkgroupProps, WorkgroupGrantOptions } from '../../src';
import { flat } from '../catalog/support';
import { nagErrors } from '../private/nag';

function workgroup(props: AthenaWorkgroupProps = {}) {
  const stack = new Stack(new App(), 'Test');
  const made = new AthenaWorkgroup(stack, 'Workgroup', props);
  return { stack, made, template: () => Template.fromStack(stack) };
}

function configuration(template: Template): any {
  return (Object.values(template.findResources('AWS::Athena::WorkGroup'))[0] as any).Properties.WorkGroupConfiguration;
}

test('defaults: enforced, encrypted, with metrics, no limit, kept with its history', () => {
  const template = workgroup().template();
  const found = configuration(template);
  expect(found).toMatchObject({ EnforceWorkGroupConfiguration: true, PublishCloudWatchMetricsEnabled: true });
  expect(found.ResultConfiguration.EncryptionConfiguration).toEqual({ EncryptionOption: 'SSE_KMS', KmsKey: { 'Fn::GetAtt': [expect.stringMatching(/^WorkgroupKey/), 'Arn'] } });
  expect(flat(found.ResultConfiguration.OutputLocation)).toMatch(/^s3:\/\/<WorkgroupResults\w+>\/results\/$/);
  expect(found).not.toHaveProperty('BytesScannedCutoffPerQuery');
  template.hasResource('AWS::Athena::WorkGroup', {
    Properties: { RecursiveDeleteOption: false }, DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain', Metadata: { datalake: { kind: 'workgroup' } },
  });
});

test('its name is new with each stack: that of a stack that is gone may still be there', () => {
  const [{ Properties: found }] = Object.values(workgroup().template().findResources('AWS::Athena::WorkGroup')) as any[];
  const [, [name, guid]] = found.Name['Fn::Join'];
  expect(name).toMatch(/^Test-Workgroup-[0-9A-F]{8}-$/);
  expect(guid).toEqual({ 'Fn::Select': [0, { 'Fn::Split': ['-', { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }] }] });
});

test('the results bucket: encrypted, private, logged, and it forgets after 30 days', () => {
  workgroup().template().hasResource('AWS::S3::Bucket', {
    Properties: {
      BucketEncryption: { ServerSideEncryptionConfiguration: [Match.objectLike({ BucketKeyEnabled: true, ServerSideEncryptionByDefault: Match.objectLike({ SSEAlgorithm: 'aws:kms' }) })] },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 30, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } })] },
      LoggingConfiguration: { LogFilePrefix: 'athena-results/', DestinationBucketName: Match.anyValue() },
    },
    DeletionPolicy: 'RetainExceptOnCreate',
  });
});

test('an explicit false is obeyed', () => {
  const found = configuration(workgroup({ enforceConfiguration: false, publishMetrics: false }).template());
  expect(found).toMatchObject({ EnforceWorkGroupConfiguration: false, PublishCloudWatchMetricsEnabled: false });
});

test('the limit of bytes scanned is obeyed, and Athena\'s own limit with it', () => {
  expect(configuration(workgroup({ bytesScannedCutoff: Size.mebibytes(100) }).template()).BytesScannedCutoffPerQuery).toBe(104_857_600);
  expect(() => workgroup({ bytesScannedCutoff: Size.mebibytes(9) })).toThrow('bytesScannedCutoff of 9437184 bytes is under Athena\'s smallest limit: give at least 10 MB');
});

test('results expire when asked', () => {
  workgroup({ resultsExpiration: Duration.days(3) }).template().hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 3 })] },
  });
  expect(() => workgroup({ resultsExpiration: Duration.hours(5) })).toThrow('resultsExpiration must be a whole number of days, at least 1, got 5 hours');
});

test('a prefix for the results', () => {
  expect(flat(configuration(workgroup({ resultsPrefix: 'athena/mine/' }).template()).ResultConfiguration.OutputLocation)).toMatch(/\/athena\/mine\/$/);
  for (const resultsPrefix of ['results', '/results/', '', 'a//b/']) {
    expect(() => workgroup({ resultsPrefix })).toThrow(`resultsPrefix "${resultsPrefix}" is not a prefix: write it like "results/"`);
  }
});

test('a given bucket and its key are used, and nothing is made beside them', () => {
  const stack = new Stack(new App(), 'Test');
  const encryptionKey = new kms.Key(stack, 'Key');
  const resultsBucket = new s3.Bucket(stack, 'Mine', { encryptionKey });
  const made = new AthenaWorkgroup(stack, 'Workgroup', { resultsBucket });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 1);
  template.resourceCountIs('AWS::KMS::Key', 1);
  expect(made.encryptionKey).toBe(encryptionKey);
  expect(() => new AthenaWorkgroup(stack, 'Other', { resultsBucket, resultsExpiration: Duration.days(1) }))
    .toThrow('resultsExpiration is for the own bucket only: leave it out, and set the lifecycle of resultsBucket where that is made');
});

test('a given key is used', () => {
  const stack = new Stack(new App(), 'Test');
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1');
  new AthenaWorkgroup(stack, 'Workgroup', { encryptionKey });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::KMS::Key', 0);
  expect(configuration(template).ResultConfiguration.EncryptionConfiguration.KmsKey).toBe('arn:aws:kms:eu-west-1:111122223333:key/1');
});

test('a bucket for access logs is shared', () => {
  const stack = new Stack(new App(), 'Test');
  const logs = new AccessLogBucket(stack, 'Logs');
  new AthenaWorkgroup(stack, 'Workgroup', { accessLogBucket: logs.bucket });
  Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 2);
});

test('ephemeral: results, key and history go with the stack, and synthesis warns', () => {
  const { stack, template } = workgroup({ ephemeral: true });
  template().hasResource('AWS::Athena::WorkGroup', { Properties: { RecursiveDeleteOption: true }, DeletionPolicy: 'Delete' });
  template().allResources('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
  template().hasResource('AWS::KMS::Key', { DeletionPolicy: 'Delete' });
  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('ephemeral is true'));
});

test('grantRead: run queries here and read their results', () => {
  const { stack, made, template } = workgroup();
  made.grantRead(new iam.Role(stack, 'Analyst', { assumedBy: new iam.AccountRootPrincipal() }));
  const [policy] = Object.values(template().findResources('AWS::IAM::Policy')) as any[];
  const statements = policy.Properties.PolicyDocument.Statement;
  const queries = statements.find((statement: any) => [statement.Action].flat().includes('athena:StartQueryExecution'));
  expect(flat(queries.Resource)).toMatch(/^arn:<AWS::Partition>:athena:<AWS::Region>:<AWS::AccountId>:workgroup\/<Workgroup\w+>$/);
  expect(statements.flatMap((statement: any) => statement.Action)).toEqual(expect.arrayContaining(['s3:PutObject', 's3:GetObject', 's3:GetBucketLocation', 'kms:GenerateDataKey']));
});

/** Returns what a grant allows: `<action> <resource>`, without the account. */
function granted(options?: WorkgroupGrantOptions): string[] {
  const { stack, made, template } = workgroup();
  made.grantRead(new iam.Role(stack, 'Analyst', { assumedBy: new iam.AccountRootPrincipal() }), options);
  const [policy] = Object.values<any>(template().findResources('AWS::IAM::Policy'));
  return policy.Properties.PolicyDocument.Statement.flatMap(({ Action, Resource }: any) => [Action].flat()
    .flatMap((action: string) => [Resource].flat().map((resource: any) => `${action} ${flat(resource).replace(/^.*<AWS::AccountId>:/, '')}`)));
}

test('grantRead: Athena wants the database `default`, whichever is queried', () => {
  expect(granted().filter((right) => right.startsWith('glue:')).sort()).toEqual([
    'glue:CreateDatabase catalog', 'glue:CreateDatabase database/default', 'glue:GetDatabase catalog', 'glue:GetDatabase database/default',
  ]);
});

test('grantRead: nothing is listed, unless a console or a driver is to browse', () => {
  const listing = (rights: string[]) => rights.filter((right) => /:(List|GetDatabases|GetDataCatalog|GetTableMetadata)/.test(right) && !/ListBucket|ListQuery|Multipart/.test(right));
  expect(listing(granted())).toEqual([]);
  expect(listing(granted({ browse: false }))).toEqual([]);
  const rights = listing(granted({ browse: true }));
  expect(rights).toEqual(expect.arrayContaining([
    'athena:ListDataCatalogs *', 'athena:ListWorkGroups *', 'athena:GetDataCatalog datacatalog/AwsDataCatalog',
    'athena:ListTableMetadata datacatalog/AwsDataCatalog', 'glue:GetDatabases catalog', 'glue:GetDatabases database/*',
  ]));
});

test('cdk-nag finds nothing, and is alive', () => {
  expect(nagErrors(workgroup().stack)).toEqual([]);
  expect(nagErrors(workgroup({ enforceConfiguration: false }).stack)).toEqual([]);
  const planted = workgroup();
  (planted.made.resultsBucket.node.defaultChild as s3.CfnBucket).loggingConfiguration = undefined;
  expect(nagErrors(planted.stack)).toContainEqual(expect.stringMatching(/^AwsSolutions-S1 Test\/Workgroup\/Results/));
});

test('logical ids are a contract', () => {
  const template = workgroup().template();
  expect(Object.keys({ ...template.findResources('AWS::Athena::WorkGroup'), ...template.findResources('AWS::KMS::Key'), ...template.findResources('AWS::S3::Bucket') }).sort())
    .toEqual(['Workgroup97F88843', 'WorkgroupAccessLogsBucketEDC30B03', 'WorkgroupKeyD9CD95FD', 'WorkgroupResults2F0EB9CE']);
});
