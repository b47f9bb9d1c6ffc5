import { Duration, Lazy, Size, Stack, aws_iam as iam, aws_lambda as lambda, aws_lambda_destinations as destinations, aws_logs as logs, aws_s3 as s3 } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { dropZone, logicalIds, newStack, propertiesOf, resourceOf, rightsOf, statementsOf, template, warnings, zoneWithStream } from './helpers';
import { DataLakeZone, DataStreamOptions, DeadLetterQueue } from '../../src';

function ownFunction(stack: Stack, id: string, props: Partial<lambda.FunctionProps> = {}): lambda.Function {
  return new lambda.Function(stack, id, {
    runtime: lambda.Runtime.PYTHON_3_13, handler: 'index.handler', code: lambda.Code.fromInline('def handler(event, context): pass'), ...props,
  });
}

describe('queue', () => {
  test('is encrypted by the zone\'s key, and dead letters go to the zone\'s queue after 3 tries', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack);

    expect(propertiesOf(stack, zone.dataStreams[0].queue)).toEqual({
      KmsMasterKeyId: stack.resolve(zone.encryptionKey.keyArn),
      MessageRetentionPeriod: 4 * 86400,
      VisibilityTimeout: 6 * 300,
      RedrivePolicy: { deadLetterTargetArn: stack.resolve(zone.deadLetterQueue.queueArn), maxReceiveCount: 3 },
    });
  });

  test('takes messages over TLS, and from S3 for this account\'s buckets only', () => {
    const stack = newStack();
    const [{ queue }] = zoneWithStream(stack).dataStreams;

    template(stack).hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [stack.resolve(queue.queueUrl)],
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          {
            Sid: 'ObjectEvents',
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Principal: { Service: 's3.amazonaws.com' },
            Resource: stack.resolve(queue.queueArn),
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
  });

  test('says in the template what it is', () => {
    const stack = newStack();
    const [{ queue }] = zoneWithStream(stack, { suffix: '.json' }).dataStreams;

    expect(resourceOf(stack, queue).Metadata.datalake).toEqual({ kind: 'stream', zone: 'drop', name: 'clicks', prefix: 'streams/clicks/', suffix: '.json' });
  });

  test.each<[string, DataStreamOptions, object]>([
    ['maxReceiveCount', { maxReceiveCount: 1 }, { RedrivePolicy: { maxReceiveCount: 1 } }],
    ['retentionPeriod', { retentionPeriod: Duration.days(13) }, { MessageRetentionPeriod: 13 * 86400 }],
    ['timeout, six times', { timeout: Duration.minutes(1) }, { VisibilityTimeout: 360 }],
    ['the time in which a batch is gathered', { timeout: Duration.minutes(1), maxBatchingWindow: Duration.seconds(20) }, { VisibilityTimeout: 380 }],
  ])('%s', (_, options, expected) => {
    const stack = newStack();
    expect(propertiesOf(stack, zoneWithStream(stack, options).dataStreams[0].queue)).toMatchObject(expected);
  });

  test('a timeout that is only known later gets the longest visibility', () => {
    const stack = newStack();
    const timeout = Duration.seconds(Lazy.number({ produce: () => 20 }));
    expect(propertiesOf(stack, zoneWithStream(stack, { timeout }).dataStreams[0].queue)).toMatchObject({ VisibilityTimeout: 6 * 900 });
  });
});

describe('events', () => {
  const configuration = (stack: Stack, zone: DataLakeZone) => propertiesOf(stack, zone.bucket).NotificationConfiguration;

  test('are a property of the bucket: no function is needed to set them', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack, { prefix: 'clickstream/', suffix: '.json' });

    expect(configuration(stack, zone)).toEqual({
      QueueConfigurations: [{
        Event: 's3:ObjectCreated:*',
        Queue: stack.resolve(zone.dataStreams[0].queue.queueArn),
        Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'clickstream/' }, { Name: 'suffix', Value: '.json' }] } },
      }],
    });
    template(stack).resourceCountIs('Custom::S3BucketNotifications', 0);
    template(stack).resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('the prefix is streams/<name>/ and any suffix by default', () => {
    const stack = newStack();

    expect(configuration(stack, zoneWithStream(stack)).QueueConfigurations[0].Filter).toEqual({
      S3Key: { Rules: [{ Name: 'prefix', Value: 'streams/clicks/' }] },
    });
  });

  test('S3 may use the key, and the bucket waits for that and for the queue\'s policy', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack);

    const rights = rightsOf([{
      Sid: 'ObjectEvents',
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Principal: { Service: 's3.amazonaws.com' },
      Resource: '*',
    }]);
    expect(rightsOf(propertiesOf(stack, zone.encryptionKey).KeyPolicy.Statement)).toEqual(expect.arrayContaining(rights));
    expect(resourceOf(stack, zone.bucket).DependsOn).toEqual(['DropStreamclicksQueuePolicy611A7BFC']);
  });

  test('a key that no stream uses is not opened for S3', () => {
    const stack = newStack();
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw' });

    expect(JSON.stringify(propertiesOf(stack, zone.encryptionKey).KeyPolicy)).not.toContain('s3.amazonaws.com');
  });

  test('two streams open the key once', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack);
    zone.addDataStream('images');

    expect(propertiesOf(stack, zone.encryptionKey).KeyPolicy.Statement).toHaveLength(2);
  });

  test('EventBridge gets them when asked, once or twice, beside the streams', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack);
    zone.enableEventBridge();
    zone.enableEventBridge();

    expect(configuration(stack, zone)).toMatchObject({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
      QueueConfigurations: [{ Event: 's3:ObjectCreated:*' }],
    });
  });

  test('EventBridge alone', () => {
    const stack = newStack();
    const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw' });
    zone.enableEventBridge();

    expect(configuration(stack, zone)).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
  });

  test('notifications of the CDK\'s own on the zone\'s bucket would replace the streams: refused', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack);
    (zone.bucket as s3.Bucket).enableEventBridgeNotification();

    expect(() => template(stack)).toThrow("notifications were added to the bucket of zone 'Stack/Drop', and would replace those of its data streams: use addDataStream()");
  });

  test('on an existing bucket the CDK\'s function sets them, beside those that the bucket has', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Theirs', 'their-bucket');
    const { drop } = dropZone(stack, { bucket });
    drop.enableEventBridge();
    drop.enableEventBridge();

    template(stack).hasResource('Custom::S3BucketNotifications', {
      Properties: {
        BucketName: 'their-bucket',
        Managed: false,
        NotificationConfiguration: {
          EventBridgeConfiguration: {},
          QueueConfigurations: [{
            Events: ['s3:ObjectCreated:*'],
            QueueArn: stack.resolve(drop.dataStreams[0].queue.queueArn),
            Filter: { Key: { FilterRules: [{ Name: 'suffix', Value: '.csv' }, { Name: 'prefix', Value: 'incoming/' }] } },
          }],
        },
      },
      DependsOn: Match.arrayWith(['DropStreamincomingQueuePolicy00E91B18']),
    });
  });

  test('on an existing bucket with any suffix', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Theirs', 'their-bucket');
    dropZone(stack, { bucket, dataStreams: [{ name: 'clicks' }] });

    template(stack).hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: { QueueConfigurations: [{ Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'streams/clicks/' }] } } }] },
    });
  });
});

describe('function', () => {
  const handler = (stack: Stack, zone: DataLakeZone) => propertiesOf(stack, zone.dataStreams[0].function);

  test('by default: the newest Python on arm64, both layers, 1 GiB, 5 minutes, its own log group, told where things go', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack);

    expect(handler(stack, zone)).toMatchObject({
      Runtime: 'python3.14',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Layers: zone.layers.layers.map((layer) => stack.resolve(layer.layerVersionArn)),
      MemorySize: 1024,
      Timeout: 300,
      LoggingConfig: { LogGroup: { Ref: 'DropStreamclicksLogs86C2906A' } },
      Environment: {
        Variables: {
          ZONE: 'drop',
          STREAM: 'clicks',
          PREFIX: 'streams/clicks/',
          QUARANTINE_PREFIX: 'quarantine/clicks/',
          NEXT_ZONE: 'raw',
          NEXT_BUCKET: stack.resolve(zone.nextZone!.bucket.bucketName),
        },
      },
    });
    expect(handler(stack, zone)).not.toHaveProperty('EphemeralStorage');
    expect(handler(stack, zone)).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(resourceOf(stack, zone.dataStreams[0].function).Metadata.datalake).toEqual({ kind: 'stream-handler', zone: 'drop', stream: 'clicks' });
    template(stack).hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  test('settings', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack, {
      code: lambda.Code.fromInline('def main(event, context): pass'),
      handler: 'index.main',
      environment: { COLOUR: 'green', ZONE: 'cannot be taken' },
      timeout: Duration.seconds(90),
      memorySize: Size.mebibytes(256),
      ephemeralStorageSize: Size.gibibytes(2),
      logRetention: logs.RetentionDays.ONE_DAY,
    });

    expect(handler(stack, zone)).toMatchObject({
      Code: { ZipFile: 'def main(event, context): pass' },
      Handler: 'index.main',
      Timeout: 90,
      MemorySize: 256,
      EphemeralStorage: { Size: 2048 },
      Environment: { Variables: { COLOUR: 'green', ZONE: 'drop' } },
    });
    template(stack).hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 1 });
  });

  test('gets one message at a time, 5 times at once, and says which failed', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack);

    template(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: stack.resolve(zone.dataStreams[0].queue.queueArn),
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });

  test('gets batches when asked', () => {
    const stack = newStack();
    zoneWithStream(stack, { batchSize: 500, maxBatchingWindow: Duration.seconds(20), maxConcurrency: 2 });

    template(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 500, MaximumBatchingWindowInSeconds: 20, ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test('its asynchronous failures end in the dead-letter queue', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack);

    template(stack).hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      DestinationConfig: { OnFailure: { Destination: stack.resolve(zone.deadLetterQueue.queueArn) } },
    });
  });

  test('its role may do exactly this', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack);
    const statements = statementsOf(stack, (zone.dataStreams[0].function as lambda.Function).role!);
    const bucket = (of: DataLakeZone, key: string) => ({ 'Fn::Join': ['', [stack.resolve(of.bucket.bucketArn), `/${key}`]] });
    const raw = zone.nextZone as DataLakeZone;
    const dataRights = statements.filter((one) => /^(s3|kms):/.test([one.Action].flat()[0]));

    expect(rightsOf(dataRights)).toEqual(rightsOf([
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectTagging'], Resource: bucket(zone, 'streams/clicks/*') },
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:PutObjectTagging', 's3:GetObject', 's3:DeleteObject'],
        Resource: bucket(zone, 'quarantine/clicks/*'),
      },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: stack.resolve(zone.bucket.bucketArn) },
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: stack.resolve(zone.encryptionKey.keyArn) },
      { Effect: 'Allow', Action: ['s3:PutObject', 's3:AbortMultipartUpload'], Resource: bucket(raw, 'streams/clicks/*') },
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: stack.resolve(raw.encryptionKey.keyArn) },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: stack.resolve(zone.encryptionKey.keyArn) },
    ]));
    const others = statements.filter((one) => !dataRights.includes(one)).flatMap((one) => one.Action).map((action: string) => action.split(':')[0]);
    expect([...new Set(others)].sort()).toEqual(['logs', 'sqs']);
    expect(propertiesOf(stack, (zone.dataStreams[0].function as lambda.Function).role!)).not.toHaveProperty('ManagedPolicyArns');
  });

  test('two streams: two queues, two functions, each with its own prefix', () => {
    const stack = newStack();
    const { drop } = dropZone(stack, {
      dataStreams: [
        { name: 'images', prefix: 'images/', code: lambda.Code.fromInline('images') },
        { name: 'clickstream', prefix: 'clickstream/', code: lambda.Code.fromInline('clicks') },
      ],
    });
    const [images, clickstream] = drop.dataStreams;

    expect(images.queue).not.toBe(clickstream.queue);
    expect(images.function).not.toBe(clickstream.function);
    template(stack).resourceCountIs('AWS::SQS::Queue', 3);
    template(stack).resourceCountIs('AWS::Lambda::Function', 2);
    const configurations = propertiesOf(stack, drop.bucket).NotificationConfiguration.QueueConfigurations;
    expect(configurations.map((one: any) => [one.Queue, one.Filter.S3Key.Rules[0].Value])).toEqual([
      [stack.resolve(images.queue.queueArn), 'images/'], [stack.resolve(clickstream.queue.queueArn), 'clickstream/'],
    ]);
  });

  test('code of the user\'s own needs no next zone', () => {
    const stack = newStack();
    const zone = new DataLakeZone(stack, 'Sandbox', { zoneName: 'sandbox', dataStreams: [{ name: 'clicks', code: lambda.Code.fromInline('x') }] });

    expect(Object.keys(handler(stack, zone).Environment.Variables)).toEqual(['ZONE', 'STREAM', 'PREFIX', 'QUARANTINE_PREFIX']);
  });
});

describe('a function of the user\'s own', () => {
  test('gets events, rights, environment and the dead-letter queue; nothing else is made', () => {
    const stack = newStack();
    const own = ownFunction(stack, 'Own', { timeout: Duration.seconds(10), environment: { COLOUR: 'green' } });
    const zone = zoneWithStream(stack, { function: own });

    expect(zone.dataStreams[0].function).toBe(own);
    template(stack).resourceCountIs('AWS::Lambda::Function', 1);
    template(stack).resourceCountIs('AWS::Lambda::LayerVersion', 0);
    template(stack).resourceCountIs('AWS::Lambda::EventInvokeConfig', 1);
    expect(propertiesOf(stack, own).Environment.Variables).toMatchObject({ COLOUR: 'green', ZONE: 'drop', STREAM: 'clicks', NEXT_ZONE: 'raw' });
    expect(propertiesOf(stack, zone.dataStreams[0].queue).VisibilityTimeout).toBe(60);
    expect(resourceOf(stack, own).Metadata.datalake).toEqual({ kind: 'stream-handler', zone: 'drop', stream: 'clicks' });
    expect(statementsOf(stack, own.role!).flatMap((one) => one.Action)).toEqual(expect.arrayContaining(['s3:GetObject', 's3:PutObject', 'sqs:ReceiveMessage']));
  });

  test('keeps its own destination of failures', () => {
    const stack = newStack();
    const { queue } = new DeadLetterQueue(stack, 'TheirFailures');
    const own = ownFunction(stack, 'Own', { onFailure: new destinations.SqsDestination(queue) });
    zoneWithStream(stack, { function: own });

    template(stack).hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      DestinationConfig: { OnFailure: { Destination: stack.resolve(queue.queueArn) } },
    });
  });

  test('without a timeout of its own has Lambda\'s 3 seconds', () => {
    const stack = newStack();
    const zone = zoneWithStream(stack, { function: ownFunction(stack, 'Own') });

    expect(propertiesOf(stack, zone.dataStreams[0].queue).VisibilityTimeout).toBe(18);
  });

  test('that exists elsewhere is taken to need up to 15 minutes, unless the timeout is given', () => {
    const stack = newStack();
    const other = (id: string) => lambda.Function.fromFunctionAttributes(stack, id, {
      functionArn: `arn:aws-cn:lambda:cn-north-1:111122223333:function:${id}`, sameEnvironment: true,
    });
    const { drop } = dropZone(stack, { dataStreams: [{ name: 'a', function: other('A') }, { name: 'b', function: other('B'), timeout: Duration.seconds(5) }] });

    expect(drop.dataStreams.map(({ queue }) => propertiesOf(stack, queue).VisibilityTimeout)).toEqual([5400, 30]);
    expect(warnings(stack)).toContainEqual(expect.stringContaining(
      "the handler of stream 'a' of zone 'drop' was imported without its role, so that it gets no rights: import it with its role"));
  });
});

/** Lambda tries it as it connects function and queue: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
describe('the right to receive is there before the queue is connected', () => {
  const importedRole = (stack: Stack) => iam.Role.fromRoleArn(stack, 'Theirs', 'arn:aws:iam::111122223333:role/theirs');
  const importedFunction = (stack: Stack, role: iam.IRole) => lambda.Function.fromFunctionAttributes(stack, 'Own', {
    functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:own', role, sameEnvironment: true,
  });

  test.each<[string, (stack: Stack) => lambda.IFunction]>([
    ['a function and a role that exist elsewhere', (stack) => importedFunction(stack, importedRole(stack))],
    ['a function that exists elsewhere, with a role of this app', (stack) =>
      importedFunction(stack, new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }))],
    ['a function of this app, with a role that exists elsewhere', (stack) => ownFunction(stack, 'Own', { role: importedRole(stack) })],
    ['a function of this app', (stack) => ownFunction(stack, 'Own')],
  ])('%s', (_, make) => {
    const stack = newStack();
    zoneWithStream(stack, { function: make(stack) });
    const resources = template(stack).toJSON().Resources;
    const after = (id: string): string[] => {
      const { DependsOn = [], Properties } = resources[id];
      const named = JSON.stringify(Properties).match(/(?<="Ref":"|"Fn::GetAtt":\[")[A-Za-z0-9]+/g) ?? [];
      const direct = [...[DependsOn].flat(), ...named].filter((one) => one in resources);
      return [...direct, ...direct.flatMap(after)];
    };
    const policies = Object.keys(resources).filter((id) => /sqs:ReceiveMessage/.test(JSON.stringify(resources[id])) && resources[id].Type === 'AWS::IAM::Policy');
    const mappings = logicalIds(stack, 'AWS::Lambda::EventSourceMapping');
    expect([policies.length, mappings.length]).toEqual([1, 1]);
    expect(after(mappings[0])).toContain(policies[0]);
  });
});

describe('errors', () => {
  const failing = (options: DataStreamOptions, name = 'clicks') => () => dropZone(newStack(), { dataStreams: [{ name, ...options }] });

  test.each([
    ['a/', 'a/b/'], ['a/b/', 'a/'], ['a/', 'a/'], ['clicks', 'clickstream/'],
  ])('overlapping prefixes: %s and %s', (first, second) => {
    expect(() => dropZone(newStack(), { dataStreams: [{ name: 'one', prefix: first }, { name: 'two', prefix: second }] })).toThrow(
      `prefix '${second}' of stream 'two' of zone 'drop' overlaps with '${first}' of stream 'one': each object may belong to one stream only, choose another prefix`);
  });

  test.each(['tables/', 'tables/orders/', 't', 'quarantine/', 'quarantine/x/', 'staging/', 'manifests/a/'])('a prefix of the lake itself: %s', (prefix) => {
    expect(failing({ prefix })).toThrow(new RegExp(`prefix '${prefix}' of stream 'clicks' of zone 'drop' overlaps with '\\w+/' of the lake itself`));
  });

  test('neighbouring prefixes do not overlap', () => {
    expect(() => dropZone(newStack(), { dataStreams: [{ name: 'one', prefix: 'a/' }, { name: 'two', prefix: 'ab/' }] })).not.toThrow();
  });

  test.each<[DataStreamOptions, string]>([
    [{ prefix: '' }, "stream 'clicks' of zone 'drop' has an empty prefix, which would take in the whole zone: give one such as 'streams/clicks/'"],
    [{ prefix: '/images/' }, "prefix of stream 'clicks' of zone 'drop' is '/images/', but keys in S3 have no empty segments: use 'images/'"],
    [{ prefix: 'imagens_é/' }, "is 'imagens_é/', but only printable ASCII"],
    [{ prefix: 'day=1/' }, "prefix of stream 'clicks' of zone 'drop' is 'day=1/', but S3 matches letters, digits, and ! - _ . ' ( ) / only as they are written"],
    [{ suffix: '*.csv' }, "suffix of stream 'clicks' of zone 'drop' is '*.csv', but S3 matches"],
    [{ suffix: Lazy.string({ produce: () => '.csv' }) }, "suffix of stream 'clicks' of zone 'drop' must be known at synthesis, got a token: give a plain string"],
    [{ timeout: Duration.minutes(16) }, "timeout of stream 'clicks' of zone 'drop' must be between 1 second and 15 minutes, got 16 minutes"],
    [{ memorySize: Size.mebibytes(64) }, "memorySize of stream 'clicks' of zone 'drop' must be a whole number from 128 to 10240 MiB, got 64"],
    [{ ephemeralStorageSize: Size.gibibytes(11) }, 'must be a whole number from 512 to 10240 MiB, got 11264'],
    [{ batchSize: 0 }, 'must be a whole number from 1 to 10 (more with a maxBatchingWindow), got 0'],
    [{ batchSize: 11 }, 'must be a whole number from 1 to 10 (more with a maxBatchingWindow), got 11'],
    [{ batchSize: 11, maxBatchingWindow: Duration.seconds(0) }, 'must be a whole number from 1 to 10 (more with a maxBatchingWindow), got 11'],
    [{ batchSize: 10001, maxBatchingWindow: Duration.seconds(1) }, 'must be a whole number from 1 to 10000, got 10001'],
    [{ maxBatchingWindow: Duration.minutes(6) }, 'must be between 0 seconds and 5 minutes, got 6 minutes'],
    [{ maxConcurrency: 1 }, 'must be a whole number from 2 to 1000, got 1'],
    [{ maxReceiveCount: 0 }, 'must be a whole number from 1 to 1000, got 0'],
    [{ retentionPeriod: Duration.days(14) }, "retentionPeriod of stream 'clicks' of zone 'drop' must be between 1 minute and 13 days, got 14 days"],
  ])('%p', (options, message) => {
    expect(failing(options)).toThrow(message);
  });

  test('a name', () => {
    expect(failing({}, 'Clicks')).toThrow("invalid name of a data stream: 'Clicks'");
  });

  test('two streams of one name', () => {
    const { drop } = dropZone(newStack());
    expect(() => drop.addDataStream('incoming', { prefix: 'other/' })).toThrow("zone 'drop' has a stream 'incoming' already: choose another name");
  });

  test('no handler, and no next zone for the default one', () => {
    const zone = new DataLakeZone(newStack(), 'Sandbox', { zoneName: 'sandbox' });
    expect(() => zone.addDataStream('clicks')).toThrow(
      "stream 'clicks' of zone 'sandbox' has no function, and the default one writes to the next zone, which zone 'sandbox' does not have: give nextZone, function or code");
  });

  test('settings for a function of the user\'s own', () => {
    const stack = newStack();
    expect(() => zoneWithStream(stack, { function: ownFunction(stack, 'Own'), memorySize: Size.gibibytes(2), logRetention: logs.RetentionDays.ONE_DAY }))
      .toThrow('has a function of its own, so that memorySize, logRetention would do nothing: set that on the function');
  });

  test.each([2, 4])('a dead-letter queue that keeps messages for %d days, no longer than the stream', (days) => {
    const stack = newStack();
    const { queue } = new DeadLetterQueue(stack, 'DeadLetters', { retentionPeriod: Duration.days(days) });
    expect(() => dropZone(stack, { deadLetterQueue: queue })).toThrow(
      `stream 'incoming' of zone 'drop' keeps messages for 4 days, its dead-letter queue for ${days} days: the dead-letter queue must keep them longer`);
  });

  test('one function for two streams', () => {
    const stack = newStack();
    const own = ownFunction(stack, 'Own');
    expect(() => dropZone(stack, { dataStreams: [{ name: 'one', function: own }, { name: 'two', function: own }] }))
      .toThrow("stream 'two' of zone 'drop' has the same function as stream 'one', whose environment it would replace: give each stream a function of its own");
  });
});
