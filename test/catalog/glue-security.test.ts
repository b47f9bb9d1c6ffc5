import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { flat } from './support';
import { GlueSecurity } from '../../src';

function stack(): Stack {
  return new Stack(new App(), 'Test');
}

test('logs and bookmarks are encrypted, and no mode is forced on S3', () => {
  const scope = stack();
  new GlueSecurity(scope, 'Security');
  const [{ Properties: found }] = Object.values(Template.fromStack(scope).findResources('AWS::Glue::SecurityConfiguration')) as any[];
  const KmsKeyArn = { 'Fn::GetAtt': [expect.stringMatching(/^SecurityKey/), 'Arn'] };
  expect(found.EncryptionConfiguration).toEqual({
    CloudWatchEncryption: { CloudWatchEncryptionMode: 'SSE-KMS', KmsKeyArn },
    JobBookmarksEncryption: { JobBookmarksEncryptionMode: 'CSE-KMS', KmsKeyArn },
  });
});

test('its name changes with its key, because CloudFormation replaces it then', () => {
  const scope = stack();
  new GlueSecurity(scope, 'Security');
  const [{ Properties: found }] = Object.values(Template.fromStack(scope).findResources('AWS::Glue::SecurityConfiguration')) as any[];
  expect(flat(found.Name)).toMatch(/^Test-Security-[0-9A-F]{8}-<SecurityKey\w+>$/);
});

test('its name changes with its content, because Glue cannot update it', () => {
  const nameWith = (s3EncryptionMode?: string) => {
    const scope = stack();
    const { securityConfiguration } = new GlueSecurity(scope, 'Security', { encryptionKey: kms.Key.fromKeyArn(scope, 'Given', 'arn:aws:kms:eu-west-1:111122223333:key/1') });
    if (s3EncryptionMode) securityConfiguration.encryptionConfiguration = { s3Encryptions: [{ s3EncryptionMode }] };
    const [{ Properties: { Name } }] = Object.values<any>(Template.fromStack(scope).findResources('AWS::Glue::SecurityConfiguration'));
    return Name;
  };
  const names = [nameWith(), nameWith('DISABLED'), nameWith('SSE-S3')];
  expect(names[0]).toMatch(/^Test-Security-[0-9A-F]{8}-1$/);
  expect(names[1]).toMatch(/^Test-Security-[0-9A-F]{8}-1-[0-9a-f]{8}$/);
  expect(new Set(names).size).toBe(3);
});

test('an own key: rotated, kept, and usable by CloudWatch Logs for the groups of Glue only', () => {
  const scope = stack();
  new GlueSecurity(scope, 'Security');
  const template = Template.fromStack(scope);
  template.hasResource('AWS::KMS::Key', { Properties: { EnableKeyRotation: true, PendingWindowInDays: Match.absent() }, DeletionPolicy: 'RetainExceptOnCreate' });
  const [key] = Object.values(template.findResources('AWS::KMS::Key')) as any[];
  const statement = key.Properties.KeyPolicy.Statement.find((one: any) => one.Sid === 'GlueLogGroups');
  expect(flat(statement.Principal.Service)).toBe('logs.<AWS::Region>.<AWS::URLSuffix>');
  expect(flat(statement.Condition.ArnLike['kms:EncryptionContext:aws:logs:arn']))
    .toBe('arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/aws-glue/*');
});

test('ephemeral: the key goes with the stack', () => {
  const scope = stack();
  new GlueSecurity(scope, 'Security', { ephemeral: true });
  Template.fromStack(scope).hasResource('AWS::KMS::Key', { Properties: { PendingWindowInDays: 7 }, DeletionPolicy: 'Delete' });
});

test('a given key is used, allowed to CloudWatch Logs, and the only one', () => {
  const scope = stack();
  const given = new kms.Key(scope, 'Given');
  const security = new GlueSecurity(scope, 'Security', { encryptionKey: given });
  const template = Template.fromStack(scope);
  template.resourceCountIs('AWS::KMS::Key', 1);
  template.hasResourceProperties('AWS::KMS::Key', { KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Sid: 'GlueLogGroups' })]) } });
  expect(security.encryptionKey).toBe(given);
});

test('an imported key gives a name that Glue takes', () => {
  const scope = stack();
  new GlueSecurity(scope, 'Security', { encryptionKey: kms.Key.fromKeyArn(scope, 'Given', 'arn:aws:kms:eu-west-1:111122223333:key/mrk-12/34') });
  Template.fromStack(scope).hasResourceProperties('AWS::Glue::SecurityConfiguration', { Name: Match.stringLikeRegexp('^Test-Security-[0-9A-F]{8}-mrk-12-34$') });
});

test('an imported key: synthesis says what its policy must have', () => {
  const scope = stack();
  new GlueSecurity(scope, 'Security', { encryptionKey: kms.Key.fromKeyArn(scope, 'Given', 'arn:aws:kms:eu-west-1:111122223333:key/12-34') });
  Annotations.fromStack(scope).hasWarning('/Test/Security', Match.stringLikeRegexp('the policy of an imported key .*"Sid":"GlueLogGroups"'));
});

test('an own key: nothing to warn of', () => {
  const scope = stack();
  new GlueSecurity(scope, 'Security');
  Annotations.fromStack(scope).hasNoWarning('*', Match.anyValue());
});
