import * as fs from 'fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { catalogOf, described, flat, lakeStack } from './support';
import { CrawlPolicy, DataLakeZone, WorkflowStart, ZonedGlueCatalog } from '../../src';
import { compact } from '../../src/catalog/private/compact';
import { nagErrors } from '../private/nag';

test('a database and a crawler for each zone', () => {
  const { stack, catalog } = catalogOf();
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Glue::Database', 3);
  template.resourceCountIs('AWS::Glue::Crawler', 3);
  expect(catalog.crawlers).toHaveLength(3);
  expect(catalog.databases).toHaveLength(3);
});

test('database names are plain text: lower case, with the zone', () => {
  const { stack } = catalogOf();
  for (const zone of ['drop', 'raw', 'curated']) {
    expect(described(Template.fromStack(stack), 'database', zone).Properties.DatabaseInput.Name).toMatch(new RegExp(`^test_?catalog\\w*_${zone}$`));
  }
});

test('two lakes in one account, and two in one stack, have databases of different names', () => {
  const { stack: first, zones } = lakeStack();
  const stacks = [first, new Stack(first.node.root, 'Other')];
  for (const stack of stacks) for (const id of ['A', 'B']) new ZonedGlueCatalog(stack, id, { zones });
  const names = stacks.flatMap((stack) => {
    return Object.values(Template.fromStack(stack).findResources('AWS::Glue::Database')).map((database: any) => database.Properties.DatabaseInput.Name);
  });
  expect(new Set(names).size).toBe(12);
});

test('database names can be given', () => {
  const { stack } = catalogOf({ databaseNames: { raw: 'my_raw' } });
  expect(described(Template.fromStack(stack), 'database', 'raw').Properties.DatabaseInput.Name).toBe('my_raw');
  expect(() => catalogOf({ databaseNames: { raw: 'mine', curated: 'mine' } }))
    .toThrow('zones "raw" and "curated" would share the database "mine": rename one of them, or its database in databaseNames');
  expect(() => catalogOf({ databaseNames: { silver: 'x' } })).toThrow('databaseNames names zone "silver", which the catalog does not have: use drop, raw, curated');
  expect(() => catalogOf({ databaseNames: { raw: 'My-Raw' } }))
    .toThrow('database name "My-Raw" of zone "raw" is not valid: use lower case letters, digits and underscores');
});

test('a table\'s job knows where its data is, and goes from the first zone to the second', () => {
  const { stack } = catalogOf();
  const job = described(Template.fromStack(stack), 'table', 'orders');
  expect(job.Metadata.datalake).toEqual({ kind: 'table', name: 'orders', from: 'drop', to: 'raw' });
  const args = Object.fromEntries(Object.entries(job.Properties.DefaultArguments).map(([key, value]) => [key, flat(value).replace(/<Zone(\w+?)Bucket\w+>/, '$1')]));
  expect(args).toMatchObject({
    '--table': 'orders',
    '--source_table': 'drop_orders',
    '--source_path': 's3://drop/tables/orders/',
    '--target_path': 's3://raw/tables/orders/',
    '--quarantine_path': 's3://drop/quarantine/orders/',
    '--TempDir': 's3://raw/staging/orders/temp/',
  });
  expect(args['--source_database']).toMatch(/^<CatalogDatabasedrop/);
});

test('tables can be added later', () => {
  const { stack, catalog } = catalogOf();
  const job = catalog.addTable({ name: 'sellers' });
  expect(catalog.job('sellers')).toBe(job);
  expect(catalog.tableNames).toEqual(['orders', 'sellers']);
  expect(catalog.jobs).toHaveLength(2);
  const { Properties: crawler } = described(Template.fromStack(stack), 'crawler', 'raw');
  expect(crawler.Targets.S3Targets[0].Exclusions).toEqual(['orders/**', 'sellers/**']);
});

test('what is not there is named, with what is', () => {
  const { catalog } = catalogOf();
  expect(() => catalog.job('sellers')).toThrow('table "sellers" is not in the catalog: use one of orders');
  expect(() => catalog.crawler('silver')).toThrow('zone "silver" is not in the catalog: use one of drop, raw, curated');
  expect(() => catalog.database('silver')).toThrow('zone "silver" is not in the catalog');
  expect(() => catalogOf({ tables: [] }).catalog.job('x')).toThrow('table "x" is not in the catalog: use one of (none)');
});

test('a chain has two zones at least, each once', () => {
  const { stack, zones } = lakeStack();
  expect(() => new ZonedGlueCatalog(stack, 'A', { zones: zones.slice(0, 1) }))
    .toThrow('the catalog has 1 zones in its chain: give at least two, tables go from the first to the second');
  expect(() => new ZonedGlueCatalog(stack, 'B', { zones, otherZones: [zones[1]] })).toThrow('zone "raw" is given twice: name it once, in zones or in otherZones');
});

test('the chain\'s ends', () => {
  const { catalog, zones } = catalogOf();
  expect([catalog.sourceZone, catalog.targetZone, catalog.lastZone]).toEqual(zones);
});

test('collections are handed out as copies', () => {
  const { catalog } = catalogOf();
  catalog.jobs.pop();
  catalog.crawlers.pop();
  catalog.databases.pop();
  catalog.tableNames.pop();
  expect([catalog.jobs.length, catalog.crawlers.length, catalog.databases.length, catalog.tableNames.length]).toEqual([1, 3, 3, 1]);
});

describe('crawlAfterJobs', () => {
  test('ends the workflow with the second crawler', () => {
    const { stack, catalog } = catalogOf();
    catalog.crawlAfterJobs();
    Template.fromStack(stack).hasResourceProperties('AWS::Glue::Trigger', {
      Actions: [{ CrawlerName: stack.resolve(catalog.crawler('raw').crawlerName) }],
      Predicate: { Logical: 'AND', Conditions: [{ JobName: stack.resolve(catalog.job('orders').jobName), LogicalOperator: 'EQUALS', State: 'SUCCEEDED' }] },
    });
  });

  test('is for once, and for a catalog with tables', () => {
    const { catalog } = catalogOf();
    catalog.crawlAfterJobs();
    expect(() => catalog.crawlAfterJobs())
      .toThrow('crawler of zone "raw" is started by the workflow already: call crawlAfterJobs once, and not with CrawlPolicy.ALWAYS');
    expect(() => catalogOf({ crawl: CrawlPolicy.ALWAYS }).catalog.crawlAfterJobs()).toThrow('crawler of zone "raw" is started by the workflow already');
    expect(() => catalogOf({ tables: [] }).catalog.crawlAfterJobs()).toThrow('the catalog has no tables: add tables before crawlAfterJobs');
  });
});

test('grantRead gives the data, its key and its entries in the catalog', () => {
  const { stack, catalog } = catalogOf();
  const reader = new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
  catalog.grantRead(reader, { zones: ['raw'] });
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')) as any[];
  const actions = policy.Properties.PolicyDocument.Statement.flatMap((statement: any) => statement.Action);
  expect(actions).toEqual(expect.arrayContaining(['s3:GetObject', 's3:ListBucket', 'kms:Decrypt', 'glue:GetTable', 'glue:GetPartitions']));
  expect(actions).not.toContain('glue:UpdateTable');
});

test('a key for the logs is the only key of the catalog', () => {
  const { stack, zones } = lakeStack();
  const before = zones.length;
  const logEncryptionKey = new kms.Key(stack, 'LogKey');
  new ZonedGlueCatalog(stack, 'Catalog', { zones, logEncryptionKey, tables: [{ name: 'orders' }], start: WorkflowStart.onDemand() });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::KMS::Key', before + 1);
  // All of Glue's. The check of arrivals logs no data.
  const groups = Object.values<any>(template.findResources('AWS::Logs::LogGroup')).filter(({ Properties }) => Properties.LogGroupName);
  expect(groups.map(({ Properties }) => Properties.KmsKeyId)).toEqual(Array(5).fill(stack.resolve(logEncryptionKey.keyArn)));
});

test('the modules for jobs are zipped as a package, without tests and caches', () => {
  const stack = new Stack(new App(), 'Real');
  const zones = ['raw', 'drop'].map((zoneName) => new DataLakeZone(stack, zoneName, { zoneName, dataStreams: [] }));
  void new ZonedGlueCatalog(stack, 'Catalog', { zones }).modules;
  const assembly = (stack.node.root as App).synth();
  const { files } = JSON.parse(fs.readFileSync(`${assembly.directory}/Real.assets.json`, 'utf8'));
  const zip: any = Object.values(files).find((file: any) => file.source.packaging === 'zip' && /Modules/.test(file.displayName ?? ''));
  const listed = fs.readdirSync(`${assembly.directory}/${zip.source.path}`, { recursive: true }) as string[];
  expect(listed).toContain('lake_transforms/__init__.py');
  expect(listed.filter((file) => !file.startsWith('lake_transforms'))).toEqual([]);
  expect(listed.filter((file) => /pycache|tests/.test(file))).toEqual([]);
});

test('a catalog without jobs uploads no modules for them, and has no policy of jobs', () => {
  const stack = new Stack(new App(), 'Real');
  const zones = ['raw', 'drop'].map((zoneName) => new DataLakeZone(stack, zoneName, { zoneName, dataStreams: [] }));
  new ZonedGlueCatalog(stack, 'Catalog', { zones, start: WorkflowStart.onDemand() });
  const assembly = (stack.node.root as App).synth();
  const { files } = JSON.parse(fs.readFileSync(`${assembly.directory}/Real.assets.json`, 'utf8'));
  expect(Object.values<any>(files).map(({ source }) => source.path)).toEqual(['Real.template.json']);
  Template.fromStack(stack).resourceCountIs('AWS::IAM::ManagedPolicy', 0);
});

test('a job added later brings the modules, which all jobs may read', () => {
  const { stack, zones } = lakeStack();
  const catalog = new ZonedGlueCatalog(stack, 'Catalog', { zones });
  catalog.addTable({ name: 'orders' });
  const policies = Object.values<any>(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'));
  const readable = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement).filter(({ Action }) => Action === 's3:GetObject').flatMap(({ Resource }) => Resource);
  const { bucket, objectKey } = catalog.modules;
  expect(readable).toContainEqual(compact(stack.resolve(bucket.arnForObjects(objectKey))));
});

test('no partition, account or region is written down', () => {
  const { stack } = catalogOf();
  expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toMatch(/arn:aws:|us-east-1/);
});

test('cdk-nag finds nothing, and is alive', () => {
  const { stack } = catalogOf();
  const found = nagErrors(stack).filter((line) => line.includes('Test/Catalog'));
  expect(found).toEqual([]);
  const planted = catalogOf();
  planted.catalog.job('orders').grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));
  expect(nagErrors(planted.stack)).toContainEqual(expect.stringMatching(/^AwsSolutions-IAM5\[Action::s3:\*\] Test\/Catalog\/Table-orders\/Role/));
});

test('cdk-nag does not even warn of unencrypted logs and bookmarks (GL1, GL3), and is alive', () => {
  const warnings = (stack: Stack) => {
    (stack.node.root as App).synth();
    return new AwsSolutionsChecks().validateScope(stack).violations.map(({ ruleName }) => ruleName).filter((rule) => /-GL\d/.test(rule));
  };
  expect(warnings(catalogOf().stack)).toEqual([]);
  const planted = catalogOf();
  planted.catalog.job('orders').job.securityConfiguration = undefined;
  expect(warnings(planted.stack)).toEqual(['AwsSolutions-GL1', 'AwsSolutions-GL3']);
});

test('logical ids are a contract', () => {
  const { stack } = catalogOf();
  const template = Template.fromStack(stack);
  const ids = ['AWS::Glue::Database', 'AWS::KMS::Key'].flatMap((type) => Object.keys(template.findResources(type))).filter((id) => id.startsWith('Catalog'));
  expect(ids.sort()).toEqual(['CatalogDatabasecuratedDA05417B', 'CatalogDatabasedrop1ACF570A', 'CatalogDatabaserawB2D6B302', 'CatalogSecurityKey3B27F943']);
});

test('a table and a stream of the first zone with one name would mix their refused data', () => {
  const { stack, zones } = catalogOf();
  zones[0].addDataStream('orders', { code: lambda.Code.fromInline('x') });
  expect(() => Template.fromStack(stack))
    .toThrow('zone "drop" has a table and a data stream "orders", whose refused data would mix in quarantine/orders/: rename one of them');
});
