import * as path from 'path';
import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import {
  Compaction, CrawlPolicy, Curation, DataLakeAccelerator, DataLakeAcceleratorProps, GlueWorkerType, IPythonLayers, JobScript, TableDefinition,
  WorkflowStart,
} from '../src';
import { described, flat } from './catalog/support';
import { nagErrors } from './private/nag';

const OLIST: TableDefinition[] = ['order_items', 'order_reviews', 'closed_deals', 'sellers'].map((name) => ({ name }));
const SCRIPT = path.join(__dirname, '..', 'glue-assets', 'jobs', 'raw_to_curated.py');
const TWO_ZONES = [{ name: 'inbox' }, { name: 'store' }];

/** Layers that exist, so that no test depends on built ones. */
function layersIn(scope: Stack): IPythonLayers {
  const arn = 'arn:aws:lambda:eu-west-1:111122223333:layer:both:1';
  return { runtime: lambda.Runtime.PYTHON_3_14, architecture: lambda.Architecture.ARM_64, layers: [lambda.LayerVersion.fromLayerVersionArn(scope, 'Both', arn)] };
}

function lakeOf(props: Partial<DataLakeAcceleratorProps> = {}) {
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
  const lake = new DataLakeAccelerator(stack, 'Lake', { tables: OLIST, layers: layersIn(stack), ...props });
  return { stack, lake, template: () => Template.fromStack(stack) };
}

/** The lake of the tests that only look: made once. */
let made: ReturnType<typeof lakeOf> | undefined;
const defaultLake = () => made ??= lakeOf();

/** A curated table of the user's own script. */
function mine(tableName: string, requiredTables = ['sellers']): Curation {
  return Curation.fromScript({ tableName, requiredTables, script: JobScript.fromAsset(SCRIPT) });
}

describe('the default lake', () => {
  test('drop, raw and curated in a chain, and a sandbox outside it', () => {
    const { lake, template } = defaultLake();
    expect(lake.zones.map((zone) => [zone.zoneName, zone.nextZone?.zoneName])).toEqual([
      ['drop', 'raw'], ['raw', 'curated'], ['curated', undefined], ['sandbox', undefined],
    ]);
    const zones = lake.zones.map(({ zoneName }) => described(template(), 'zone', zoneName).Metadata.datalake);
    expect(zones).toEqual([
      { kind: 'zone', name: 'drop', index: 0, next: 'raw' }, { kind: 'zone', name: 'raw', index: 1, next: 'curated' },
      { kind: 'zone', name: 'curated', index: 2 }, { kind: 'zone', name: 'sandbox', index: 3 },
    ]);
  });

  test('a stream for each zone that has a next one', () => {
    expect(defaultLake().lake.zones.map((zone) => zone.dataStreams.map((stream) => stream.prefix))).toEqual([['incoming/'], ['incoming/'], [], []]);
  });

  test('a job for each table, and their workflow from new data, with the first crawler while a table has no schema', () => {
    const { stack, lake, template } = defaultLake();
    template().resourceCountIs('AWS::Glue::Job', 4);
    template().hasResourceProperties('AWS::Glue::Trigger', { Type: 'EVENT', EventBatchingCondition: { BatchSize: 100, BatchWindow: 900 } });
    template().hasResourceProperties('AWS::Glue::Trigger', { Actions: Match.arrayWith([{ CrawlerName: stack.resolve(lake.catalog.crawler('drop').crawlerName) }]) });
    expect(lake.catalog.workflow.componentCount).toBe(4 + 1 + 1);
  });

  test('no curated table, whatever its tables are called', () => {
    const { lake, template } = defaultLake();
    expect(lake.curatedTrigger).toBeUndefined();
    expect(lake.curatedTriggers).toEqual([]);
    template().resourceCountIs('AWS::Glue::Table', 0);
  });

  test('one dead-letter queue, one bucket of access logs, one key a zone and for results and logs', () => {
    const { template } = defaultLake();
    described(template(), 'dead-letter-queue');
    template().resourceCountIs('AWS::S3::Bucket', 4 + 2);
    template().resourceCountIs('AWS::KMS::Key', 4 + 2);
    for (const bucket of Object.values(template().findResources('AWS::S3::Bucket', { Properties: { LoggingConfiguration: Match.anyValue() } })) as any[]) {
      expect(bucket.Properties.LoggingConfiguration.DestinationBucketName.Ref).toMatch(/^LakeAccessLogs/);
    }
  });

  test('arrivals that cannot be delivered end in the lake\'s dead-letter queue', () => {
    const { stack, lake, template } = defaultLake();
    template().hasResourceProperties('AWS::Events::Rule', { Targets: [Match.objectLike({ DeadLetterConfig: { Arn: stack.resolve(lake.deadLetterQueue.queue.queueArn) } })] });
  });

  test('everything that holds data is kept, with its policy; what a failed first deployment made is not', () => {
    const { template } = defaultLake();
    for (const type of ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::Logs::LogGroup', 'AWS::SQS::Queue', 'AWS::Athena::WorkGroup', 'AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy']) {
      template().allResources(type, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    }
  });

  test('no rule deletes what is current in tables/, quarantine/, manifests/ or streams/', () => {
    const { template } = lakeOf({ tables: OLIST, curation: Curation.sellerPerformance() });
    const rules: any[] = Object.values(template().findResources('AWS::S3::Bucket'))
      .filter(({ Metadata }) => Metadata?.datalake?.kind === 'zone')
      .flatMap(({ Properties }) => Properties.LifecycleConfiguration.Rules);
    const prefixes = rules.filter(({ ExpirationInDays, TagFilters }) => ExpirationInDays !== undefined && !TagFilters).map(({ Prefix }) => Prefix);
    expect(new Set(prefixes)).toEqual(new Set(['staging/']));
    expect(rules).toContainEqual({
      Status: 'Enabled', Prefix: 'tables/seller_performance/', NoncurrentVersionExpiration: { NoncurrentDays: 1 }, ExpiredObjectDeleteMarker: true,
    });
  });

  test('nothing costs while it idles: no schedule, no network, no cluster', () => {
    const { template } = defaultLake();
    template().allResourcesProperties('AWS::Glue::Crawler', { Schedule: Match.absent() });
    const types = new Set(Object.values(template().toJSON().Resources).map((resource: any) => resource.Type as string));
    expect([...types].filter((type) => /EC2|Redshift|EMR|Schedule/.test(type))).toEqual([]);
  });

  test('no name is fixed where CloudFormation can make one', () => {
    const { template } = defaultLake();
    const named = Object.entries(template().toJSON().Resources).filter(([, resource]: any) =>
      ['Name', 'BucketName', 'QueueName', 'RoleName', 'FunctionName', 'LayerName'].some((property) => typeof resource.Properties?.[property] === 'string'));
    expect(named).toEqual([]);
  });

  test('its ARNs name no partition', () => {
    const { template } = lakeOf({ layers: undefined });
    expect(JSON.stringify(template().toJSON())).not.toContain('arn:aws:');
  });

  test('no lookup of an AWS account, and no metadata that CloudFormation would refuse', () => {
    const { template } = defaultLake();
    expect(JSON.stringify(template().toJSON())).not.toContain('null');
  });

  test('cdk-nag finds nothing, and is alive', () => {
    expect(nagErrors(lakeOf().stack)).toEqual([]);
    expect(nagErrors(lakeOf({ curation: Curation.sellerPerformance() }).stack)).toEqual([]);
    const planted = lakeOf();
    new s3.Bucket(planted.lake, 'Planted');
    planted.lake.catalog.job('sellers').grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['dynamodb:*'], resources: ['*'] }));
    const found = nagErrors(planted.stack);
    expect(found).toContainEqual(expect.stringMatching(/^AwsSolutions-S1 Test\/Lake\/Planted/));
    expect(found).toContainEqual(expect.stringMatching(/^AwsSolutions-IAM5\[Action::dynamodb:\*\] Test\/Lake\/Catalog\/Table-sellers/));
  });

  test('logical ids of what holds data are a contract', () => {
    const { template } = defaultLake();
    const ids = ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::SQS::Queue', 'AWS::Glue::Database', 'AWS::Athena::WorkGroup'].flatMap((type) => Object.keys(template().findResources(type)));
    expect(ids.sort()).toEqual([
      'LakeAccessLogsBucket6E9F3610', 'LakeCatalogDatabasecurated217CCDC9', 'LakeCatalogDatabasedropC37B3576', 'LakeCatalogDatabaseraw056FCE1D',
      'LakeCatalogDatabasesandbox69165BB6', 'LakeCatalogSecurityKeyA82595BB', 'LakeDeadLetterQueueAB60597C', 'LakeWorkgroup5C72038A',
      'LakeWorkgroupKey6124F5ED', 'LakeWorkgroupResultsB84DF573', 'LakeZonecuratedBucket51054459', 'LakeZonecuratedKey5EE8E54D',
      'LakeZonedropBucket5CEB4518', 'LakeZonedropKey2734CE18', 'LakeZonedropStreamincomingQueue08FAF01A', 'LakeZonerawBucketD7F34696',
      'LakeZonerawKey8D6D0ACD', 'LakeZonerawStreamincomingQueue1D36C109', 'LakeZonesandboxBucket90A2704A', 'LakeZonesandboxKeyD4801BDB',
    ]);
  });
});

describe('props', () => {
  test('other zones, in another chain', () => {
    const { lake, template } = lakeOf({
      zones: [{ name: 'a' }, { name: 'lab', standalone: true }, { name: 'b' }, { name: 'c' }, { name: 'd' }], curation: mine('best'),
    });
    expect(lake.zones.map((zone) => zone.nextZone?.zoneName)).toEqual(['b', undefined, 'c', 'd', undefined]);
    expect(described(template(), 'table', 'sellers').Metadata.datalake).toMatchObject({ from: 'a', to: 'b' });
    expect(described(template(), 'curation').Metadata.datalake).toMatchObject({ zone: 'd' });
  });

  test('the first zone of the chain is the first, wherever the list has it', () => {
    const { template } = lakeOf({ zones: [{ name: 'lab', standalone: true }, { name: 'a' }, { name: 'b' }] });
    const [lab, a, b] = ['lab', 'a', 'b'].map((name) => described(template(), 'zone', name));
    expect([a, b, lab].map((zone) => zone.Metadata.datalake.index)).toEqual([0, 1, 2]);
    expect([a, b, lab].map((zone) => zone.Properties.LifecycleConfiguration.Rules[0].Transitions[0].StorageClass))
      .toEqual(['GLACIER_IR', 'INTELLIGENT_TIERING', 'INTELLIGENT_TIERING']);
  });

  test('crawlers on request, in a chain of two zones', () => {
    const { stack, lake, template } = lakeOf({ zones: TWO_ZONES, crawl: CrawlPolicy.ALWAYS });
    template().hasResourceProperties('AWS::Glue::Trigger', { Type: 'CONDITIONAL', Actions: [{ CrawlerName: stack.resolve(lake.catalog.crawler('store').crawlerName) }] });
  });

  test('compaction of all tables', () => {
    const { template } = lakeOf({ compaction: Compaction.aboveSmallFiles(50) });
    for (const name of ['order_items', 'sellers']) expect(described(template(), 'table', name).Properties.DefaultArguments['--compact_above']).toBe('50');
  });

  test('a curated table is made when it is asked for: its job and its trigger', () => {
    const { lake, template } = lakeOf({ curation: Curation.sellerPerformance() });
    template().resourceCountIs('AWS::Glue::Job', 5);
    expect(lake.curatedTrigger?.tableName).toBe('seller_performance');
    expect(lake.curatedTrigger?.requiredTables).toEqual(['order_items', 'order_reviews', 'closed_deals']);
    expect(lake.catalog.workflow.componentCount).toBe(5 + 1 + 2);
  });

  test('several curated tables: the first is the construct Curation, the others are named for their tables', () => {
    const { lake } = lakeOf({ curations: [Curation.sellerPerformance(), mine('best'), mine('worst')] });
    expect(lake.curatedTriggers.map(({ node, tableName }) => [node.id, tableName])).toEqual([
      ['Curation', 'seller_performance'], ['Curation-best', 'best'], ['Curation-worst', 'worst'],
    ]);
    expect(lake.curatedTrigger).toBe(lake.curatedTriggers[0]);
  });

  test('a curated table added to another one replaces nothing', () => {
    const ids = (curations: Curation[]) => Object.keys(lakeOf({ curations }).template().toJSON().Resources).sort();
    const [one, two] = [ids([mine('best')]), ids([mine('best'), mine('worst')])];
    expect(two.filter((id) => one.includes(id))).toEqual(one);
  });

  test('curated tables are refused that cannot stand side by side', () => {
    expect(() => lakeOf({ curation: mine('best'), curations: [mine('worst')] }))
      .toThrow('the lake has both curation and curations: put all curated tables into curations');
    expect(() => lakeOf({ curations: [mine('best'), mine('best')] })).toThrow('curated table "best" is defined twice: give each curated table its own name');
    expect(() => lakeOf({ zones: TWO_ZONES, curation: mine('best') })).toThrow('give the catalog a chain of at least three zones');
  });

  test('streams, lifecycle, bucket and key of a zone', () => {
    const stack = new Stack(new App(), 'Test');
    const encryptionKey = new kms.Key(stack, 'Key');
    const bucket = new s3.Bucket(stack, 'Bucket');
    const lake = new DataLakeAccelerator(stack, 'Lake', {
      tables: OLIST,
      layers: layersIn(stack),
      zones: [
        { name: 'drop', dataStreams: [{ name: 'clicks' }, { name: 'images', prefix: 'pictures/' }] },
        { name: 'raw', dataStreams: [], lifecycle: { transitions: [], expiration: Duration.days(9) } },
        { name: 'curated', encryptionKey, bucket },
      ],
    });
    expect(lake.zone('drop').dataStreams.map((stream) => stream.prefix)).toEqual(['streams/clicks/', 'pictures/']);
    expect(described(Template.fromStack(stack), 'zone', 'raw').Properties.LifecycleConfiguration.Rules[0]).toMatchObject({ ExpirationInDays: 9 });
    expect(lake.zone('curated').encryptionKey).toBe(encryptionKey);
    expect(lake.zone('curated').bucket).toBe(bucket);
  });

  test('start, jobs, logs and their key', () => {
    const stack = new Stack(new App(), 'Test');
    const logEncryptionKey = new kms.Key(stack, 'Key');
    new DataLakeAccelerator(stack, 'Lake', {
      tables: OLIST,
      layers: layersIn(stack),
      logEncryptionKey,
      start: WorkflowStart.hourly(),
      jobDefaults: { workerType: GlueWorkerType.G_8X, numberOfWorkers: 3 },
      logRetention: logs.RetentionDays.TWO_WEEKS,
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Glue::Trigger', { Type: 'SCHEDULED' });
    template.allResourcesProperties('AWS::Glue::Job', { WorkerType: 'G.8X', NumberOfWorkers: 3 });
    template.resourceCountIs('AWS::KMS::Key', 1 + 4 + 1);
    const groups = Object.values(template.findResources('AWS::Logs::LogGroup')).filter((group: any) => group.Properties.LogGroupName) as any[];
    expect(new Set(groups.map((group) => group.Properties.RetentionInDays))).toEqual(new Set([14]));
  });

  test('the workgroup', () => {
    lakeOf({ workgroup: { bytesScannedCutoff: Size.gibibytes(1), enforceConfiguration: false } }).template().hasResourceProperties('AWS::Athena::WorkGroup', {
      WorkGroupConfiguration: Match.objectLike({ BytesScannedCutoffPerQuery: 1_073_741_824, EnforceWorkGroupConfiguration: false }),
    });
  });

  test('given layers are used; own ones are made when the first function needs them', () => {
    const { lake } = defaultLake();
    expect(lake.layers.layers[0].layerVersionArn).toContain('layer:both:1');
    const none = lakeOf({ layers: undefined, zones: TWO_ZONES.map((zone) => ({ ...zone, dataStreams: [] })) });
    none.template().resourceCountIs('AWS::Lambda::LayerVersion', 0);
    const own = lakeOf({ layers: undefined });
    own.template().resourceCountIs('AWS::Lambda::LayerVersion', 2);
    expect(own.lake.layers).toBe(own.lake.layers);
  });

  test('ephemeral goes everywhere, and warns once', () => {
    const { stack, template } = lakeOf({ ephemeral: true });
    for (const type of ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::Logs::LogGroup', 'AWS::SQS::Queue', 'AWS::SQS::QueuePolicy']) {
      template().allResources(type, { DeletionPolicy: 'Delete' });
    }
    template().resourceCountIs('Custom::S3AutoDeleteObjects', 6);
    template().hasResourceProperties('AWS::Athena::WorkGroup', { RecursiveDeleteOption: true });
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('ephemeral is true'))).toHaveLength(1);
  });

  test('no warning without', () => {
    const { stack } = defaultLake();
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('tables and zones are refused that make no lake', () => {
    expect(() => lakeOf({ tables: [] })).toThrow('the lake has no tables: give at least one in tables');
    expect(() => lakeOf({ zones: [{ name: 'a' }, { name: 'b', standalone: true }] }))
      .toThrow('the lake has 1 zones in its chain: give at least two that are not standalone, tables go from the first to the second');
    expect(() => lakeOf({ zones: [{ name: 'a' }, { name: 'a' }] })).toThrow('zone "a" is defined twice: give each zone its own name');
    expect(() => defaultLake().lake.zone('silver')).toThrow('zone "silver" is not in the lake: use one of drop, raw, curated, sandbox');
  });

  test('zones are handed out as a copy', () => {
    const { lake } = defaultLake();
    lake.zones.pop();
    expect(lake.zones).toHaveLength(4);
  });
});

/** Tables with as many columns as are said. */
function tablesOf(count: number, columns: number): TableDefinition[] {
  const schema = Object.fromEntries(Array.from({ length: columns }, (_, index) => [`column_${index}`, 'decimal(12,2)']));
  return Array.from({ length: count }, (_, index) => ({ name: `table_${index}`, schema }));
}

test('ninety tables in one stack: each is four resources and at most 5,000 bytes', () => {
  const [few, many] = [10, 90].map((count) => lakeOf({ tables: tablesOf(count, 3) }).template().toJSON());
  // One more for the second trigger, as the first starts 50 jobs.
  expect(Object.keys(many.Resources).length - Object.keys(few.Resources).length).toBe(80 * 4 + 1);
  // As the CDK writes it: indented by one.
  const bytes = JSON.stringify(many, undefined, 1).length - JSON.stringify(few, undefined, 1).length;
  expect(bytes / 80).toBeLessThanOrEqual(5_000);
  expect(JSON.stringify(many, undefined, 1).length).toBeLessThan(1_000_000);
});

test('beyond a limit the error names it, and how to split', () => {
  expect(() => lakeOf({ tables: tablesOf(100, 3) }).template()).toThrow(/workflow has 10\d jobs, crawlers and triggers: AWS recommends at most 100/);
  expect(() => lakeOf({ tables: tablesOf(110, 3), maxWorkflowComponents: 200 }).template())
    .toThrow(/stack "Test" has 5\d\d resources, 440 of them for 110 tables: CloudFormation takes 500; give some tables to a second lake, in a stack of its own/);
  expect(() => lakeOf({ tables: tablesOf(60, 400) }).template())
    .toThrow(/template of stack "Test" would have about \d{7} bytes: CloudFormation takes 1000000; .* second lake, .* suppressTemplateIndentation/);
});

test('two lakes in one stack, and buckets of the caller, do not disturb each other', () => {
  const stack = new Stack(new App(), 'Test');
  const layers = layersIn(stack);
  new s3.Bucket(stack, 'Mine');
  for (const id of ['One', 'Two']) new DataLakeAccelerator(stack, id, { tables: OLIST, layers });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Athena::WorkGroup', 2);
  const [[, theirs]] = Object.entries(template.findResources('AWS::S3::Bucket')).filter(([id]) => id.startsWith('Mine')) as any;
  expect(theirs.Properties).toBeUndefined();
  const databases = Object.values(template.findResources('AWS::Glue::Database')).map((database: any) => flat(database.Properties.DatabaseInput.Name));
  expect(new Set(databases).size).toBe(8);
});
