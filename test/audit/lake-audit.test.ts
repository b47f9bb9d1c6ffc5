import { App, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { lakeIn, sections } from './support';
import { AuditedDataEvents, AuditLockMode, LakeAudit, LakeAuditLogs, LakeAuditLogsProps, LakeAuditOptions, LakeAuditProps } from '../../src';
import { OPERATIONS } from '../../src/audit/alarms';
import { nagErrors } from '../private/nag';
import { newStack, propertiesOf, resourceOf, rightsOf, statementsOf, template } from '../zone/helpers';

const PRODUCTION = { account: '111122223333', region: 'eu-west-1' };
const TRAIL = { ...PRODUCTION, trailName: 'lake-audit' };
const NAMED = { bucketName: 'company-audit-logs', trails: [TRAIL] };

function bucketsIn(stack: Stack): s3.IBucket[] {
  return ['drop', 'raw'].map((name) => s3.Bucket.fromBucketName(stack, name, `${name}-bucket`));
}

function auditOf(props: Partial<LakeAuditProps> = {}) {
  const stack = newStack();
  return { stack, audit: new LakeAudit(stack, 'Audit', { buckets: bucketsIn(stack), ...props }) };
}

function logsOf(props: Partial<LakeAuditLogsProps> = {}) {
  const stack = new Stack(new App(), 'Security', { env: { account: '444455556666', region: 'eu-west-1' } });
  return { stack, logs: new LakeAuditLogs(stack, 'Logs', { ...NAMED, ...props }) };
}

function bucketPolicy(stack: Stack, logs: LakeAuditLogs): any[] {
  const Bucket = { Ref: stack.getLogicalId(logs.bucket.node.defaultChild as any) };
  const found = Object.values(template(stack).findResources('AWS::S3::BucketPolicy', { Properties: { Bucket } }));
  return found.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

describe('the trail', () => {
  test('is of all regions, validated, encrypted, and in CloudWatch Logs', () => {
    const { stack, audit } = auditOf();
    expect(propertiesOf(stack, audit)).toMatchObject({
      TrailName: audit.trailName,
      IsLogging: true,
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
      EnableLogFileValidation: true,
      S3BucketName: stack.resolve(audit.ownLogs!.bucket.bucketName),
      KMSKeyId: stack.resolve(audit.ownLogs!.encryptionKey.keyArn),
      CloudWatchLogsLogGroupArn: stack.resolve(audit.logGroup.logGroupArn),
    });
    expect(audit.trailName).toMatch(/^Stack-Audit-[0-9A-F]{8}$/);
    expect(propertiesOf(stack, audit.logGroup)).toMatchObject({ RetentionInDays: 90, KmsKeyId: stack.resolve(audit.encryptionKey.keyArn) });
  });

  test('is made after the policies that let it in', () => {
    const { stack, audit } = auditOf();
    const dependsOn: string[] = resourceOf(stack, audit).DependsOn;
    const policy = stack.getLogicalId(audit.ownLogs!.bucket.policy!.node.defaultChild as any);
    expect(dependsOn).toEqual(expect.arrayContaining([policy, stack.getLogicalId(audit.ownLogs!.encryptionKey.node.defaultChild as any)]));
  });

  const starts = { Field: 'resources.ARN', StartsWith: expect.any(Array) };
  test.each<[AuditedDataEvents | undefined, object[] | undefined]>([
    [undefined, [starts]],
    [AuditedDataEvents.ALL, [starts]],
    [AuditedDataEvents.READ, [starts, { Field: 'readOnly', Equals: ['true'] }]],
    [AuditedDataEvents.WRITE, [starts, { Field: 'readOnly', Equals: ['false'] }]],
    [AuditedDataEvents.NONE, undefined],
  ])('keeps management events, and of objects %s', (dataEvents, fields) => {
    const { stack, audit } = auditOf({ dataEvents });
    const [management, ...data] = propertiesOf(stack, audit).AdvancedEventSelectors;
    expect(management.FieldSelectors).toEqual([{ Field: 'eventCategory', Equals: ['Management'] }]);
    expect(data.map((one: any) => one.FieldSelectors)).toEqual(fields
      ? [[{ Field: 'eventCategory', Equals: ['Data'] }, { Field: 'resources.type', Equals: ['AWS::S3::Object'] }, ...fields]] : []);
  });

  test('names the lake\'s buckets with the slash, and not the log bucket', () => {
    const { stack, audit } = auditOf();
    const [, { FieldSelectors }] = propertiesOf(stack, audit).AdvancedEventSelectors;
    const arns = JSON.stringify(FieldSelectors[2].StartsWith);
    expect(arns).toContain(':s3:::drop-bucket/');
    expect(arns).toContain(':s3:::raw-bucket/');
    expect(arns).not.toContain(stack.getLogicalId(audit.ownLogs!.bucket.node.defaultChild as any));
  });

  test('passes events on under a role that CloudTrail assumes, and that writes the trail\'s streams alone', () => {
    const { stack, audit } = auditOf();
    const [role] = Object.values(template(stack).findResources('AWS::IAM::Role', { Properties: { Description: 'Passes the trail\'s events on to CloudWatch Logs' } }));
    const [trust] = role.Properties.AssumeRolePolicyDocument.Statement;
    // CloudTrail does not say for which trail it assumes the role: a condition on that would keep it out.
    expect(trust).toEqual({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'cloudtrail.amazonaws.com' } });
    const [statement] = role.Properties.Policies[0].PolicyDocument.Statement;
    expect(statement.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(statement.Resource).toEqual(stack.resolve(
      `arn:${stack.partition}:logs:${stack.region}:${stack.account}:log-group:${audit.logGroup.logGroupName}:log-stream:${stack.account}_CloudTrail_${stack.region}*`));
  });
});

describe('alarms', () => {
  /** https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html */
  test.each([
    ['RootUse', '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}', 1],
    ['TrailChanged', '{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}', 1],
    ['KeyDeletion', '{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}', 1],
    ['BucketPolicyChanged', '{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=PutBucketPolicy) || ($.eventName=PutBucketCors) || '
      + '($.eventName=PutBucketLifecycle) || ($.eventName=PutBucketReplication) || ($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBucketCors) || '
      + '($.eventName=DeleteBucketLifecycle) || ($.eventName=DeleteBucketReplication))}', 1],
    ['DeniedCalls', '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}', 10],
  ])('%s', (MetricName, FilterPattern, Threshold) => {
    const { stack, audit } = auditOf();
    const filters = Object.values(template(stack).findResources('AWS::Logs::MetricFilter', { Properties: { FilterPattern } }));
    expect(filters).toHaveLength(1);
    const [{ MetricNamespace: Namespace, ...transformation }] = filters[0].Properties.MetricTransformations;
    expect(filters[0].Properties.LogGroupName).toEqual(stack.resolve(audit.logGroup.logGroupName));
    expect(transformation).toEqual({ MetricName, MetricValue: '1' });
    template(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName, Namespace, Threshold, Statistic: 'Sum', Period: 300, TreatMissingData: 'notBreaching', AlarmActions: [stack.resolve(audit.topic.topicArn)],
    });
  });

  test('each names a section of the operations page', () => {
    const { stack, audit } = auditOf({ deniedCallsThreshold: 3 });
    const found = Object.values(template(stack).findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
    for (const { AlarmDescription } of found) expect(sections()).toContain(AlarmDescription.split(`${OPERATIONS}#`)[1]);
    expect(audit.alarms).toHaveLength(5);
    expect(found.map(({ Threshold }) => Threshold).sort()).toEqual([1, 1, 1, 1, 3]);
  });
});

describe('the log bucket', () => {
  const arn = (stack: Stack) => [stack.resolve(`arn:${stack.partition}:cloudtrail:eu-west-1:111122223333:trail/lake-audit`)];

  test('lets in CloudTrail for the trail that is named, and no other service or principal', () => {
    const { stack, logs } = logsOf();
    const Principal = { Service: 'cloudtrail.amazonaws.com' };
    const bucket = stack.resolve(logs.bucket.bucketArn);
    expect(rightsOf(bucketPolicy(stack, logs).filter(({ Condition }) => !Condition.Bool?.['aws:SecureTransport']))).toEqual(rightsOf([
      { Sid: 'CloudTrailAclCheck', Effect: 'Allow', Principal, Action: 's3:GetBucketAcl', Resource: bucket, Condition: { StringEquals: { 'aws:SourceArn': arn(stack) } } },
      {
        Sid: 'CloudTrailWrite',
        Effect: 'Allow',
        Principal,
        Action: 's3:PutObject',
        Resource: stack.resolve(logs.bucket.arnForObjects('AWSLogs/111122223333/*')),
        Condition: { StringEquals: { 'aws:SourceArn': arn(stack), 's3:x-amz-acl': 'bucket-owner-full-control' } },
      },
      {
        Sid: 'OnlyServicesWrite',
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention'],
        Resource: stack.resolve(logs.bucket.arnForObjects('*')),
        Condition: { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
      },
    ]));
  });

  test('has a key that CloudTrail uses for the trail that is named', () => {
    const { stack, logs } = logsOf();
    const Principal = { Service: 'cloudtrail.amazonaws.com' };
    const statements = propertiesOf(stack, logs.encryptionKey).KeyPolicy.Statement.filter((one: any) => one.Principal.Service);
    expect(rightsOf(statements)).toEqual(rightsOf([
      {
        Sid: 'CloudTrailEncrypt',
        Effect: 'Allow',
        Principal,
        Action: 'kms:GenerateDataKey*',
        Resource: '*',
        Condition: {
          StringEquals: { 'aws:SourceArn': arn(stack) },
          StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': [stack.resolve(`arn:${stack.partition}:cloudtrail:*:111122223333:trail/*`)] },
        },
      },
      { Sid: 'CloudTrailUse', Effect: 'Allow', Principal, Action: ['kms:DescribeKey', 'kms:Decrypt'], Resource: '*', Condition: { StringEquals: { 'aws:SourceArn': arn(stack) } } },
    ]));
    template(stack).hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/company-audit-logs' });
  });

  test('is kept for a year by default, versioned, and stays with its policy', () => {
    const { stack, logs } = logsOf();
    const resource = resourceOf(stack, logs);
    expect(resource).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate', Properties: { BucketName: 'company-audit-logs', VersioningConfiguration: { Status: 'Enabled' } },
    });
    const [rule] = resource.Properties.LifecycleConfiguration.Rules;
    expect(rule).toMatchObject({ ExpirationInDays: 365, NoncurrentVersionExpiration: { NoncurrentDays: 30 } });
    expect(resource.Properties.ObjectLockConfiguration).toBeUndefined();
  });

  test.each([undefined, AuditLockMode.GOVERNANCE, AuditLockMode.COMPLIANCE])('object lock in mode %s', (mode) => {
    const { stack, logs } = logsOf({ objectLock: { retention: Duration.days(100), mode } });
    expect(propertiesOf(stack, logs)).toMatchObject({
      ObjectLockEnabled: true, ObjectLockConfiguration: { Rule: { DefaultRetention: { Days: 100, Mode: mode ?? 'GOVERNANCE' } } },
    });
  });

  test('ephemeral: can be emptied', () => {
    const { stack, logs } = logsOf({ ephemeral: true });
    expect(bucketPolicy(stack, logs).map(({ Sid }) => Sid)).not.toContain('OnlyServicesWrite');
    expect(resourceOf(stack, logs).DeletionPolicy).toBe('Delete');
  });

  test('auditors read, with MFA, and write nothing', () => {
    const { stack, logs } = logsOf();
    expect(propertiesOf(stack, logs.auditorsRole).AssumeRolePolicyDocument.Statement[0].Condition).toEqual({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } });
    const actions = statementsOf(stack, logs.auditorsRole).flatMap(({ Action }) => Action);
    expect(actions.sort()).toEqual(['kms:Decrypt', 's3:GetBucketLocation', 's3:GetObject', 's3:GetObjectVersion', 's3:ListBucket']);
  });

  test('auditors of the user\'s own', () => {
    const { stack, logs } = logsOf({ auditors: new iam.AccountPrincipal('777788889999') });
    expect(JSON.stringify(propertiesOf(stack, logs.auditorsRole).AssumeRolePolicyDocument)).toContain('777788889999');
  });
});

describe('two accounts', () => {
  const both = (trailName?: string, named: Partial<LakeAuditLogsProps> = NAMED) => {
    const app = new App();
    const security = new Stack(app, 'Security', { env: { account: '444455556666', region: 'eu-west-1' } });
    const prod = new Stack(app, 'Prod', { env: PRODUCTION });
    const logs = new LakeAuditLogs(security, 'Logs', { trails: [TRAIL], ...named });
    return { prod, security, audit: new LakeAudit(prod, 'Audit', { buckets: bucketsIn(prod), logs, trailName }) };
  };

  test('the trail comes after the log bucket, and names it and its key by plain strings', () => {
    const { prod, security, audit } = both('lake-audit');
    expect(prod.dependencies).toEqual([security]);
    expect(propertiesOf(prod, audit)).toMatchObject({
      S3BucketName: 'company-audit-logs', TrailName: 'lake-audit', KMSKeyId: prod.resolve(`arn:${prod.partition}:kms:eu-west-1:444455556666:alias/company-audit-logs`),
    });
  });

  test('logs that another app has made', () => {
    const stack = new Stack(new App(), 'Prod', { env: PRODUCTION });
    const logs = LakeAuditLogs.fromNames(stack, 'Logs', { account: '444455556666', region: 'eu-west-1', bucketName: 'company.audit' });
    const audit = new LakeAudit(stack, 'Audit', { buckets: bucketsIn(stack), logs, trailName: 'lake-audit' });
    expect(propertiesOf(stack, audit)).toMatchObject({
      S3BucketName: 'company.audit', KMSKeyId: stack.resolve(`arn:${stack.partition}:kms:eu-west-1:444455556666:alias/company-audit`),
    });
  });

  test.each<[string, () => unknown, string]>([
    ['a trail without a name', () => both(), 'trailName of an audit with logs of another stack or account is missing'],
    ['a bucket without a name', () => both('lake-audit', { bucketName: undefined }), 'bucketName of the logs of trail "lake-audit" in account 111122223333 is missing'],
    ['a trail\'s name that is a token', () => logsOf({ trails: [{ ...PRODUCTION, trailName: new Stack().stackName + new Stack().account }] }), 'trailName of a trail is a token'],
    ['an account that is a token', () => logsOf({ trails: [{ ...TRAIL, account: new Stack().account }] }), 'account of trail "lake-audit" is a token'],
    ['a bucket\'s name that is a token', () => LakeAuditLogs.fromNames(newStack(), 'Logs', { ...PRODUCTION, bucketName: newStack().account }), 'bucketName of the audit logs \'Logs\' is a token'],
  ])('%s is refused', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

test.each<[string, () => unknown, string]>([
  ['logs kept for less than they are locked', () => logsOf({ retention: Duration.days(30), objectLock: { retention: Duration.days(31) } }), 'audit logs are kept for 30 days but locked for 31 days'],
  ['logs locked for longer than the default', () => logsOf({ objectLock: { retention: Duration.days(400) } }), 'audit logs are kept for 365 days but locked for 400 days'],
  ['no trail', () => logsOf({ trails: [] }), 'audit logs have no trails'],
  ['a trail\'s name', () => auditOf({ trailName: 'a--b' }), 'trailName "a--b" is not valid'],
  ['a threshold', () => auditOf({ deniedCallsThreshold: 0 }), 'deniedCallsThreshold must be a whole number from 1'],
  ['the bucket of a zone for the logs', () => {
    const stack = newStack();
    const logs = LakeAuditLogs.fromNames(stack, 'Logs', { ...PRODUCTION, bucketName: 'drop-bucket' });
    return new LakeAudit(stack, 'Audit', { buckets: bucketsIn(stack), logs, trailName: 'lake-audit' });
  }, 'the audit logs would go to the bucket \'Stack/drop\', whose calls they are about'],
  ['settings of an own bucket for another one', () => {
    const stack = newStack();
    const logs = LakeAuditLogs.fromNames(stack, 'Logs', { ...PRODUCTION, bucketName: 'logs' });
    return new LakeAudit(stack, 'Audit', { buckets: [], logs, trailName: 'lake-audit', logsOptions: {} });
  }, 'logsOptions are for the own log bucket only'],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(message);
});

describe('on a lake', () => {
  const audited = (audit: LakeAuditOptions, monitoring?: object) => {
    const stack = newStack();
    return { stack, lake: lakeIn(stack, { audit, monitoring }) };
  };

  test('none by default', () => {
    const stack = newStack();
    expect(lakeIn(stack).audit).toBeUndefined();
    template(stack).resourceCountIs('AWS::CloudTrail::Trail', 0);
  });

  test('all zones and the results of queries are watched; alarms go to the one topic', () => {
    const { stack, lake } = audited({}, {});
    const [, { FieldSelectors }] = propertiesOf(stack, lake.audit!).AdvancedEventSelectors;
    expect(FieldSelectors[2].StartsWith).toHaveLength(5);
    template(stack).resourceCountIs('AWS::SNS::Topic', 1);
    expect(lake.audit!.topic).toBe(lake.monitoring!.topic);
  });

  test('mails of its own make a topic of its own', () => {
    template(audited({ emails: ['security@example.com'] }, {}).stack).resourceCountIs('AWS::SNS::Topic', 2);
  });

  test('cdk-nag finds nothing', () => {
    expect(nagErrors(audited({}, {}).stack)).toEqual([]);
  });
});

test('cdk-nag finds nothing in the security account\'s stack', () => {
  expect(nagErrors(logsOf({ objectLock: { retention: Duration.days(100) } }).stack)).toEqual([]);
});
