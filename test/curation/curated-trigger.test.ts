import * as path from 'path';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { CuratedTrigger, Curation, CurationOptions, JobScript, ScriptCurationOptions, TriggerLogic, ZonedGlueCatalog, ZonedGlueCatalogProps } from '../../src';
import { catalogOf, described, flat, lakeStack, policiesOf, policySize, statementsOf } from '../catalog/support';
import { nagErrors } from '../private/nag';

const SCRIPT = path.join(__dirname, '..', '..', 'glue-assets', 'jobs', 'raw_to_curated.py');
const OLIST = ['order_items', 'order_reviews', 'closed_deals', 'sellers'].map((name) => ({ name }));

function curate(what: Curation, catalogProps: Partial<ZonedGlueCatalogProps> = {}) {
  const made = catalogOf({ tables: OLIST, ...catalogProps });
  return { ...made, curated: new CuratedTrigger(made.stack, 'Curation', { catalog: made.catalog, curation: what }) };
}

/** The example's curated table. */
function sellers(options?: CurationOptions, catalogProps?: Partial<ZonedGlueCatalogProps>) {
  return curate(Curation.sellerPerformance(options), catalogProps);
}

/** A curated table of the user's own script. */
function mine(options: Partial<ScriptCurationOptions> = {}): Curation {
  return Curation.fromScript({ tableName: 'mine', script: JobScript.fromAsset(SCRIPT), ...options });
}

function trigger(template: Template, id: RegExp): any {
  const found = Object.entries(template.findResources('AWS::Glue::Trigger')).filter(([logicalId]) => id.test(logicalId));
  expect(found).toHaveLength(1);
  return found[0][1].Properties;
}

test('three of the four tables make seller_performance: all but sellers', () => {
  const { stack, curated, catalog } = sellers();
  const found = trigger(Template.fromStack(stack), /Curateseller/);
  expect(curated.tableName).toBe('seller_performance');
  expect(curated.catalogTableName).toBe('curated_seller_performance');
  expect(curated.requiredTables).toEqual(['order_items', 'order_reviews', 'closed_deals']);
  expect(found).toMatchObject({ Type: 'CONDITIONAL', StartOnCreation: true, WorkflowName: stack.resolve(catalog.workflow.workflowName) });
  expect(found.Predicate).toEqual({
    Logical: 'AND',
    Conditions: ['order_items', 'order_reviews', 'closed_deals'].map((table) => ({
      LogicalOperator: 'EQUALS', JobName: stack.resolve(catalog.job(table).jobName), State: 'SUCCEEDED',
    })),
  });
});

test('the trigger starts the job, and no crawler', () => {
  const { stack, curated } = sellers();
  expect(trigger(Template.fromStack(stack), /Curateseller/).Actions).toEqual([{ JobName: stack.resolve(curated.job.jobName) }]);
});

test('the job knows its sources by location, and its target', () => {
  const { stack } = sellers();
  const job = described(Template.fromStack(stack), 'curation');
  const args = Object.fromEntries(Object.entries(job.Properties.DefaultArguments).map(([key, value]) => [key, flat(value).replace(/<Zone(\w+?)Bucket\w+>/g, '$1')]));
  expect(JSON.parse(args['--source_paths'])).toEqual({
    order_items: 's3://raw/tables/order_items/', order_reviews: 's3://raw/tables/order_reviews/', closed_deals: 's3://raw/tables/closed_deals/',
  });
  expect(args).toMatchObject({
    '--table': 'seller_performance',
    '--target_path': 's3://curated/tables/seller_performance/',
    '--target_table': 'curated_seller_performance',
    '--TempDir': 's3://curated/staging/seller_performance/temp/',
  });
  expect(args['--target_database']).toMatch(/^<CatalogDatabasecurated/);
  expect(job.Metadata.datalake).toEqual({ kind: 'curation', name: 'seller_performance', zone: 'curated', requires: ['order_items', 'order_reviews', 'closed_deals'] });
});

test('the curated table stays as it is in the template: an update would take back what its job has published', () => {
  const { stack, curated } = sellers();
  expect(Template.fromStack(stack).findResources('AWS::Glue::Table')[stack.getLogicalId(curated.table)]).toEqual({
    Type: 'AWS::Glue::Table',
    Properties: {
      CatalogId: { Ref: 'AWS::AccountId' },
      DatabaseName: { Ref: expect.stringMatching(/^CatalogDatabasecurated/) },
      TableInput: {
        Name: 'curated_seller_performance',
        TableType: 'EXTERNAL_TABLE',
        Parameters: { classification: 'parquet', EXTERNAL: 'TRUE' },
        StorageDescriptor: {
          Columns: [],
          Location: { 'Fn::Join': ['', ['s3://', { Ref: expect.stringMatching(/^ZonecuratedBucket/) }, '/tables/seller_performance/']] },
          InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
        },
      },
    },
  });
});

test('the job reads its tables and writes its own, and no more', () => {
  const { stack } = sellers();
  const template = Template.fromStack(stack);
  const { Properties: job } = described(template, 'curation');
  const clean = (statement: any) => [statement.Resource].flat().map((arn: any) => flat(arn).replace(/<Zone(\w+?)Bucket\w+\.Arn>/, '$1')).filter((arn: string) => arn.endsWith('/*'));
  expect(statementsOf(template, job.Role, 's3:PutObject').flatMap(clean).sort()).toEqual(['curated/staging/seller_performance/*', 'curated/tables/seller_performance/*']);
  const readable = statementsOf(template, job.Role, 's3:GetObject').flatMap(clean).filter((arn) => arn.startsWith('raw'));
  expect(readable.sort()).toEqual(['manifests', 'tables'].flatMap((kind) => ['closed_deals', 'order_items', 'order_reviews'].map((name) => `raw/${kind}/${name}/*`)));
  const [entry] = statementsOf(template, job.Role, 'glue:UpdateTable');
  expect(entry.Resource.map(flat).pop()).toMatch(/:table\/<CatalogDatabasecurated\w+>\/curated_seller_performance$/);
});

test('ANY on request', () => {
  const { stack } = sellers({ logic: TriggerLogic.ANY });
  expect(trigger(Template.fromStack(stack), /Curateseller/).Predicate.Logical).toBe('ANY');
});

test('users with other data name their tables and bring their script, its arguments and settings', () => {
  const { stack, zones } = lakeStack();
  const catalog = new ZonedGlueCatalog(stack, 'Catalog', { zones, tables: [{ name: 'a' }, { name: 'b' }], jobDefaults: { numberOfWorkers: 4 } });
  const script = JobScript.fromBucket(s3.Bucket.fromBucketName(stack, 'Scripts', 'scripts'), 'mine.py');
  const curated = new CuratedTrigger(stack, 'Curation', {
    catalog,
    curation: Curation.fromScript({ script, tableName: 'mine', job: { maxRetries: 1, defaultArguments: { '--my_option': '7' } } }),
  });
  expect(curated.requiredTables).toEqual(['a', 'b']);
  const { Properties: job } = described(Template.fromStack(stack), 'curation', 'mine');
  expect(job).toMatchObject({ Command: { ScriptLocation: 's3://scripts/mine.py' }, NumberOfWorkers: 4, MaxRetries: 1 });
  expect(job.DefaultArguments).toMatchObject({ '--my_option': '7', '--table': 'mine', '--target_table': 'curated_mine' });
});

test('a subset of the tables', () => {
  const { curated } = curate(mine({ requiredTables: ['sellers'] }));
  expect(curated.requiredTables).toEqual(['sellers']);
  curated.requiredTables.push('more');
  expect(curated.requiredTables).toEqual(['sellers']);
});

test('a role of many sources stays below IAM\'s limit of 10,240 characters', () => {
  for (const count of [8, 60]) {
    const tables = Array.from({ length: count }, (_, index) => ({ name: `a_table_with_a_longer_name_${index}` }));
    const { stack } = curate(mine({ requiredTables: tables.map(({ name }) => name) }), { tables });
    const template = Template.fromStack(stack);
    const { Properties: job } = described(template, 'curation');
    const role = template.toJSON().Resources[job.Role['Fn::GetAtt'][0]];
    for (const document of policiesOf(template.toJSON().Resources, role)) expect(policySize(document)).toBeLessThan(6_144);
  }
});

test('a second curated table: the last crawler leaves both to their jobs', () => {
  const { stack, catalog } = sellers();
  new CuratedTrigger(stack, 'Second', { catalog, curation: mine({ tableName: 'other', requiredTables: ['sellers'] }) });
  const template = Template.fromStack(stack);
  expect(trigger(template, /Curateother/).Actions).toHaveLength(1);
  const { Properties: crawler } = described(template, 'crawler', 'curated');
  expect(crawler.Targets.S3Targets[0].Exclusions).toEqual(['seller_performance/**', 'other/**']);
});

test('what cannot be is refused', () => {
  expect(() => curate(mine({ requiredTables: ['orders', 'sellers'] })))
    .toThrow('curated table "mine" requires orders, not in the catalog: add the tables, or set requiredTables to some of order_items, order_reviews, closed_deals, sellers');
  expect(() => curate(mine({ requiredTables: [] }))).toThrow('curated table "mine" requires no tables: name at least one in requiredTables');
  expect(() => curate(mine({ requiredTables: ['sellers', 'sellers'] }))).toThrow('curated table "mine" requires "sellers" twice: name it once');
  expect(() => curate(mine({ tableName: 'Sellers!' }))).toThrow('curated table name "Sellers!" is not valid: use lower case letters, digits and underscores');
  expect(() => sellers({}, { tables: [{ name: 'orders' }] })).toThrow('requires order_items, order_reviews, closed_deals, not in the catalog');
  expect(() => sellers({ job: { defaultArguments: { '--source_paths': '{}' } } })).toThrow('argument "--source_paths" is managed by the construct');
});

test('a chain of two zones has no place for a curated table', () => {
  const { stack, zones } = lakeStack(['drop', 'raw']);
  const catalog = new ZonedGlueCatalog(stack, 'Catalog', { zones, tables: OLIST });
  expect(() => new CuratedTrigger(stack, 'Curation', { catalog, curation: Curation.sellerPerformance() }))
    .toThrow('curated table "seller_performance" would go to zone "raw", which the tables\' jobs write: give the catalog a chain of at least three zones');
});

test('cdk-nag finds nothing, and is alive', () => {
  const { stack } = sellers();
  expect(nagErrors(stack).filter((line) => line.includes('Test/Curation'))).toEqual([]);
  const planted = sellers();
  planted.catalog.targetZone.grantRead(planted.curated.job.role);
  expect(nagErrors(planted.stack)).toContainEqual(expect.stringMatching(/^AwsSolutions-IAM5.* Test\/Curation\/Job\/Role/));
});
