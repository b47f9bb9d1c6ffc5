import { Duration, Stack, aws_iam as iam, aws_kms as kms, aws_s3 as s3, aws_sqs as sqs } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { dropZone, logicalIds, newStack, propertiesOf, resourceOf, rightsOf, statementsOf, template, warnings } from './helpers';
import { AccessLogBucket, DataLakeZone, DeadLetterQueue } from '../../src';

const ACCESS_LOG_FLAG = '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy';

describe('bucket', () => {
  test('is versioned, private, encrypted by the zone\'s own key, without ACLs', () => {
    const stack = newStack();
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw' });

    expect(propertiesOf(stack, zone.bucket)).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: stack.resolve(zone.encryptionKey.keyArn) },
        }],
      },
    });
    expect(propertiesOf(stack, zone.bucket)).not.toHaveProperty('BucketName');
  });

  test('refuses requests without TLS', () => {
    const stack = newStack();
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw' });

    template(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: stack.resolve(zone.bucket.bucketName),
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({
          Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        })]),
      },
    });
  });

  test('says in the template what it is', () => {
    const stack = newStack();
    const { drop, raw } = dropZone(stack);

    expect(resourceOf(stack, drop.bucket).Metadata.datalake).toEqual({ kind: 'zone', name: 'drop', index: 0, next: 'raw' });
    expect(resourceOf(stack, raw.bucket).Metadata.datalake).toEqual({ kind: 'zone', name: 'raw', index: 1 });
  });

  test('index is obeyed, 0 too', () => {
    const stack = newStack();
    const curated = new DataLakeZone(stack, 'Curated', { zoneName: 'curated', index: 7 });
    const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', index: 0, nextZone: curated });

    expect(resourceOf(stack, curated.bucket).Metadata.datalake.index).toBe(7);
    expect(resourceOf(stack, raw.bucket).Metadata.datalake.index).toBe(0);
  });

  test('an existing bucket is used as it is, its key too', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'TheirKey');
    const bucket = new s3.Bucket(stack, 'Theirs', { encryptionKey: key });
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', bucket });

    expect(zone.bucket).toBe(bucket);
    expect(zone.encryptionKey).toBe(key);
    template(stack).resourceCountIs('AWS::S3::Bucket', 1);
    template(stack).resourceCountIs('AWS::KMS::Key', 1);
  });

  test('an existing bucket whose key is not known gets a key beside it, for its queues', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Theirs', 'their-bucket');
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', bucket });

    expect(propertiesOf(stack, zone.encryptionKey)).toMatchObject({ EnableKeyRotation: true });
  });
});

describe('key', () => {
  test('is one for each zone, rotated, kept', () => {
    const stack = newStack();
    const { drop, raw } = dropZone(stack);

    expect(drop.encryptionKey).not.toBe(raw.encryptionKey);
    for (const zone of [drop, raw]) {
      expect(resourceOf(stack, zone.encryptionKey)).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: { EnableKeyRotation: true, Description: `Data lake zone ${zone.zoneName}` },
      });
    }
  });

  test('an existing one is used', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Theirs');
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', encryptionKey: key });

    expect(zone.encryptionKey).toBe(key);
    template(stack).resourceCountIs('AWS::KMS::Key', 1);
  });

  test('one that was imported cannot be opened for S3: the warning has the statement that it needs', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Theirs', 'arn:aws-cn:kms:cn-north-1:111122223333:key/abc');
    dropZone(stack, { encryptionKey });

    expect(warnings(stack)).toContainEqual(expect.stringMatching(/policy of an imported key.*"kms:GenerateDataKey","kms:Decrypt"/));
  });

  test('one that was imported is fine where no stream needs S3 to use it', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Theirs', 'arn:aws-cn:kms:cn-north-1:111122223333:key/abc');
    new DataLakeZone(stack, 'Raw', { zoneName: 'raw', encryptionKey });

    expect(warnings(stack)).toEqual([]);
  });
});

describe('access logs', () => {
  test.each([true, false])('go to one bucket under the zone\'s name, with the feature flag %s', (flag) => {
    const stack = newStack({ [ACCESS_LOG_FLAG]: flag });
    const logs = new AccessLogBucket(stack, 'AccessLogs');
    const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', accessLogBucket: logs.bucket });
    const drop = new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, accessLogBucket: logs.bucket });

    for (const zone of [drop, raw]) {
      expect(propertiesOf(stack, zone.bucket).LoggingConfiguration).toEqual({
        DestinationBucketName: stack.resolve(logs.bucket.bucketName),
        LogFilePrefix: `${zone.zoneName}/`,
      });
    }
    template(stack).resourceCountIs('AWS::S3::Bucket', 3);
    expect(propertiesOf(stack, logs.bucket)).not.toHaveProperty('AccessControl');
  });

  test('have a bucket of the zone\'s own by default', () => {
    const stack = newStack();
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw' });

    expect(propertiesOf(stack, zone.bucket).LoggingConfiguration.DestinationBucketName).toEqual({ Ref: 'RawAccessLogsBucketD9B9E98E' });
  });
});

describe('default streams', () => {
  test('a zone with a next zone has one, for CSV files under incoming/', () => {
    const { drop } = dropZone(newStack());

    expect(drop.dataStreams.map(({ streamName, prefix, suffix }) => ({ streamName, prefix, suffix })))
      .toEqual([{ streamName: 'incoming', prefix: 'incoming/', suffix: '.csv' }]);
  });

  test('a zone without a next zone has none, nor a queue, nor layers', () => {
    const stack = newStack();
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw' });

    expect(zone.dataStreams).toEqual([]);
    for (const type of ['AWS::SQS::Queue', 'AWS::Lambda::Function', 'AWS::Lambda::LayerVersion']) template(stack).resourceCountIs(type, 0);
    expect(propertiesOf(stack, zone.bucket)).not.toHaveProperty('NotificationConfiguration');
  });

  test('an empty list makes none', () => {
    const { drop } = dropZone(newStack(), { dataStreams: [] });

    expect(drop.dataStreams).toEqual([]);
  });

  test('the list that a user gets is a copy', () => {
    const { drop } = dropZone(newStack());
    drop.dataStreams.pop();

    expect(drop.dataStreams).toHaveLength(1);
  });
});

describe('dead-letter queue', () => {
  test('is the zone\'s own by default, and the same at each call', () => {
    const stack = newStack();
    const { drop } = dropZone(stack);

    expect(drop.deadLetterQueue).toBe(drop.deadLetterQueue);
    expect(resourceOf(stack, drop.deadLetterQueue).Metadata.datalake).toEqual({ kind: 'dead-letter-queue' });
  });

  test('is the given one for all zones', () => {
    const stack = newStack();
    const { queue } = new DeadLetterQueue(stack, 'DeadLetters');
    const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', deadLetterQueue: queue });
    const drop = new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, deadLetterQueue: queue });

    expect([raw.deadLetterQueue, drop.deadLetterQueue]).toEqual([queue, queue]);
    template(stack).resourceCountIs('AWS::SQS::Queue', 2);
  });

  test('may be any queue', () => {
    const stack = newStack();
    const deadLetterQueue = sqs.Queue.fromQueueArn(stack, 'Theirs', 'arn:aws-cn:sqs:cn-north-1:111122223333:failed');
    const { drop } = dropZone(stack, { deadLetterQueue });

    expect(propertiesOf(stack, drop.dataStreams[0].queue).RedrivePolicy.deadLetterTargetArn).toBe('arn:aws-cn:sqs:cn-north-1:111122223333:failed');
  });
});

describe('grants', () => {
  function granted(grant: (zone: DataLakeZone, role: iam.Role) => void): { stack: Stack; zone: DataLakeZone; statements: any[] } {
    const stack = newStack();
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw' });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    grant(zone, role);
    return { stack, zone, statements: statementsOf(stack, role) };
  }
  const objects = (key: string) => ({ 'Fn::Join': ['', [{ 'Fn::GetAtt': ['RawBucket672A0DBB', 'Arn'] }, `/${key}`]] });
  const bucket = { 'Fn::GetAtt': ['RawBucket672A0DBB', 'Arn'] };
  const key = { 'Fn::GetAtt': ['RawKey9F610D0B', 'Arn'] };

  test('read: objects, list and key of the whole zone', () => {
    const { statements } = granted((zone, role) => zone.grantRead(role));

    expect(rightsOf(statements)).toEqual(rightsOf([
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: objects('*') },
      { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketLocation'], Resource: bucket },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key },
    ]));
  });

  test('read below a prefix: nothing else, but the folders above it, which Spark looks at', () => {
    const { statements } = granted((zone, role) => zone.grantRead(role, { prefix: 'tables/orders/' }));

    expect(rightsOf(statements)).toEqual(rightsOf([
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: [objects('tables/orders/*'), objects('tables'), objects('tables/orders')],
      },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { StringLike: { 's3:prefix': ['tables/orders/*', 'tables', 'tables/', 'tables/orders', 'tables/orders/'] } },
      },
      { Effect: 'Allow', Action: 's3:GetBucketLocation', Resource: bucket },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key },
    ]));
  });

  test('write: no reading', () => {
    const { statements } = granted((zone, role) => zone.grantWrite(role, { prefix: 'tables/' }));
    const actions = statements.flatMap((statement) => statement.Action);

    expect(actions).toEqual(expect.arrayContaining(['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 'kms:GenerateDataKey', 'kms:Decrypt']));
    expect(actions).not.toContain('s3:GetObject');
  });

  test('read and write: both, and no wildcard in an action', () => {
    const { statements } = granted((zone, role) => zone.grantReadWrite(role));
    const actions: string[] = statements.flatMap((statement) => statement.Action);

    expect(actions).toEqual(expect.arrayContaining(['s3:GetObject', 's3:PutObject', 's3:ListBucket', 'kms:GenerateDataKey', 'kms:Decrypt']));
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test.each(['/tables', 'a//b', 'tables/*'])('refuse the prefix %s', (prefix) => {
    expect(() => granted((zone, role) => zone.grantRead(role, { prefix }))).toThrow(`prefix of a grant on zone 'raw' is '${prefix}', but `);
  });
});

describe('a zone that exists elsewhere', () => {
  const attributes = {
    zoneName: 'raw',
    bucketArn: 'arn:aws-cn:s3:::their-raw',
    encryptionKeyArn: 'arn:aws-cn:kms:cn-north-1:111122223333:key/abc',
  };

  test('grants, and is a next zone', () => {
    const stack = newStack();
    const raw = DataLakeZone.fromZoneAttributes(stack, 'Raw', attributes);
    const drop = new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    raw.grantReadWrite(role, { prefix: 'tables/' });

    expect(raw.zoneName).toBe('raw');
    expect(drop.nextZone).toBe(raw);
    expect(resourceOf(stack, drop.bucket).Metadata.datalake.next).toBe('raw');
    expect(propertiesOf(stack, drop.dataStreams[0].function).Environment.Variables).toMatchObject({ NEXT_ZONE: 'raw', NEXT_BUCKET: 'their-raw' });
    const resources = statementsOf(stack, role).flatMap((statement) => statement.Resource);
    expect(resources).toEqual(expect.arrayContaining(['arn:aws-cn:s3:::their-raw/tables/*', 'arn:aws-cn:kms:cn-north-1:111122223333:key/abc']));
  });

  test('makes no resource', () => {
    const stack = newStack();
    DataLakeZone.fromZoneAttributes(stack, 'Raw', attributes);

    expect(template(stack).toJSON().Resources).toBeUndefined();
  });

  test('needs a valid name', () => {
    expect(() => DataLakeZone.fromZoneAttributes(newStack(), 'Raw', { ...attributes, zoneName: 'Raw' })).toThrow("invalid name of a zone: 'Raw'");
  });
});

describe('errors', () => {
  test.each(['Raw', '1raw', 'raw zone', '', 'x'.repeat(64)])('the zone name %p', (zoneName) => {
    expect(() => new DataLakeZone(newStack(), 'Zone', { zoneName })).toThrow(
      `invalid name of a zone: '${zoneName}'; use 1 to 63 lower-case letters, digits, '-' and '_', starting with a letter`);
  });

  test('a token as zone name', () => {
    const stack = newStack();
    expect(() => new DataLakeZone(stack, 'Zone', { zoneName: stack.stackName + stack.account })).toThrow('the name of a zone must be known at synthesis');
  });

  test.each([-1, 1.5])('the index %d', (index) => {
    expect(() => new DataLakeZone(newStack(), 'Zone', { zoneName: 'raw', index })).toThrow(`index of zone 'raw' must be a whole number from 0 to 1000, got ${index}`);
  });

  test('a lifecycle for an existing bucket', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Theirs', 'their-bucket');
    expect(() => new DataLakeZone(stack, 'Zone', { zoneName: 'raw', bucket, lifecycle: { expiration: Duration.days(1) } }))
      .toThrow("zone 'raw' has an existing bucket, whose settings stay as they are: leave lifecycle out");
  });
});

test('logical ids of what keeps data are a contract', () => {
  const stack = newStack();
  dropZone(stack);

  expect(logicalIds(stack, 'AWS::S3::Bucket')).toEqual([
    'DropAccessLogsBucket4810CAC9', 'DropBucketB8FC0BC9', 'RawAccessLogsBucketD9B9E98E', 'RawBucket672A0DBB',
  ]);
  expect(logicalIds(stack, 'AWS::KMS::Key')).toEqual(['DropKey2C5F9C90', 'RawKey9F610D0B']);
  expect(logicalIds(stack, 'AWS::SQS::Queue')).toEqual(['DropDeadLetterQueueDD625939', 'DropStreamincomingQueue7F1AD7CB']);
  expect(logicalIds(stack, 'AWS::Logs::LogGroup')).toEqual(['DropStreamincomingLogs86D5010F']);
});

test('everything that keeps data is kept by default', () => {
  const stack = newStack();
  dropZone(stack);

  for (const type of ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup']) {
    template(stack).allResources(type, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  }
  expect(warnings(stack)).toEqual([]);
});

test('two lakes in one stack', () => {
  const stack = newStack();
  for (const lake of ['One', 'Two']) {
    const raw = new DataLakeZone(stack, `${lake}Raw`, { zoneName: 'raw', ephemeral: true });
    new DataLakeZone(stack, `${lake}Drop`, { zoneName: 'drop', nextZone: raw, ephemeral: true });
  }

  template(stack).resourceCountIs('AWS::KMS::Key', 4);
  template(stack).resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
});

test('zones in two stacks', () => {
  const upper = newStack();
  const lower = new Stack(upper.node.root, 'Lower');
  const raw = new DataLakeZone(lower, 'Raw', { zoneName: 'raw' });
  new DataLakeZone(upper, 'Drop', { zoneName: 'drop', nextZone: raw });

  expect(() => template(upper)).not.toThrow();
  expect(upper.dependencies).toEqual([lower]);
  expect(lower.dependencies).toEqual([]);
});

test('no ARN names a partition', () => {
  const stack = newStack();
  dropZone(stack, { ephemeral: true });

  expect(JSON.stringify(template(stack).toJSON())).not.toMatch(/arn:aws[a-z-]*:/);
});
