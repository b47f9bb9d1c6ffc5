import { Match, Template } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import { catalogOf, described, flat, lakeStack, statementsOf } from './support';
import { DataLakeZone, ZonedGlueCatalog } from '../../src';

test('it reads one prefix a table, and never the root of the bucket', () => {
  const { stack } = catalogOf({ tables: [{ name: 'orders' }, { name: 'sellers' }] });
  const { Properties: crawler } = described(Template.fromStack(stack), 'crawler', 'drop');
  const paths = crawler.Targets.S3Targets.map((target: any) => flat(target.Path).replace(/<.*>/, 'BUCKET'));
  expect(paths).toEqual(['s3://BUCKET/tables/orders/', 's3://BUCKET/tables/sellers/']);
});

test('names, grouping and schema changes', () => {
  const { stack } = catalogOf();
  const { Properties: crawler } = described(Template.fromStack(stack), 'crawler', 'raw');
  expect(crawler).toMatchObject({
    TablePrefix: 'raw_',
    SchemaChangePolicy: { UpdateBehavior: 'UPDATE_IN_DATABASE', DeleteBehavior: 'DEPRECATE_IN_DATABASE' },
    DatabaseName: { Ref: expect.stringMatching(/^CatalogDatabaseraw/) },
    CrawlerSecurityConfiguration: { Ref: expect.stringMatching(/^CatalogSecurityConfiguration/) },
  });
  expect(JSON.parse(crawler.Configuration)).toEqual({ Version: 1, Grouping: { TableGroupingPolicy: 'CombineCompatibleSchemas', TableLevelConfiguration: 3 } });
  expect(crawler).not.toHaveProperty('Name');
});

test('it never runs by itself', () => {
  const { stack } = catalogOf();
  Template.fromStack(stack).allResourcesProperties('AWS::Glue::Crawler', { Schedule: Match.absent() });
});

test('a zone outside the chain is crawled for whatever tables it has, and not by the workflow', () => {
  const { stack, zones } = lakeStack();
  const sandbox = new DataLakeZone(stack, 'Sandbox', { zoneName: 'my-sandbox', dataStreams: [] });
  const catalog = new ZonedGlueCatalog(stack, 'Catalog', { zones, otherZones: [sandbox], tables: [{ name: 'orders' }] });
  const template = Template.fromStack(stack);
  const { Properties: crawler } = described(template, 'crawler', 'my-sandbox');
  expect(crawler.Targets.S3Targets.map((target: any) => flat(target.Path).replace(/<.*>/, 'BUCKET'))).toEqual(['s3://BUCKET/tables/']);
  expect(crawler.TablePrefix).toBe('my_sandbox_');
  const name = stack.resolve(catalog.crawler('my-sandbox').crawlerName).Ref;
  expect(JSON.stringify(template.findResources('AWS::Glue::Trigger'))).not.toContain(name);
});

test('its role reads tables and writes their entries in its own database, and no more', () => {
  const { stack } = catalogOf();
  const template = Template.fromStack(stack);
  const { Properties: crawler } = described(template, 'crawler', 'raw');
  expect(statementsOf(template, crawler.Role, 's3:PutObject')).toEqual([]);
  const [read] = statementsOf(template, crawler.Role, 's3:GetObject');
  expect([read.Resource].flat().map((arn: any) => flat(arn).replace(/<Zone(\w+?)Bucket\w+\.Arn>/, '$1'))).toEqual(['raw/tables', 'raw/tables/*']);
  const [write] = statementsOf(template, crawler.Role, 'glue:CreateTable');
  expect(write.Action).not.toContain('glue:DeleteTable');
  expect(write.Resource.map(flat).pop()).toMatch(/:table\/<CatalogDatabaseraw\w+>\/\*$/);
  const [log] = statementsOf(template, crawler.Role, 'logs:PutLogEvents');
  expect(flat(log.Resource)).toMatch(/:log-group:\/aws-glue\/crawlers-role\/\*-<CatalogSecurityConfiguration\w+>\*$/);
});

test('its log group is the one that Glue writes to under a security configuration', () => {
  const { stack } = catalogOf({ logRetention: logs.RetentionDays.ONE_WEEK });
  const names = Object.values(Template.fromStack(stack).findResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 7 } }))
    .map((group: any) => flat(group.Properties.LogGroupName));
  expect(names).toContainEqual(expect.stringMatching(/^\/aws-glue\/crawlers-role\/<CatalogCrawlerdropRole\w+>-<CatalogSecurityConfiguration\w+>$/));
});

test('it can follow tables of the catalog instead: AWS wants LOG for what they lose', () => {
  const { stack, catalog } = catalogOf();
  catalog.crawler('curated').addCatalogTable('curated_seller_performance');
  const { Properties: crawler } = described(Template.fromStack(stack), 'crawler', 'curated');
  expect(crawler.Targets).toEqual({ CatalogTargets: [{ DatabaseName: { Ref: expect.any(String) }, Tables: ['curated_seller_performance'] }] });
  expect(crawler.SchemaChangePolicy.DeleteBehavior).toBe('LOG');
  expect(crawler).not.toHaveProperty('TablePrefix');
  expect(JSON.parse(crawler.Configuration)).toEqual({ Version: 1, Grouping: { TableGroupingPolicy: 'CombineCompatibleSchemas' } });
});

test('prefixes and tables of the catalog do not mix', () => {
  const { catalog } = catalogOf();
  expect(() => catalog.crawler('raw').addCatalogTable('raw_x'))
    .toThrow('crawler of zone "raw" reads prefixes: AWS Glue mixes no catalog tables with them, use another zone for "raw_x"');
  catalog.crawler('curated').addCatalogTable('curated_x');
  expect(() => catalog.crawler('curated').addTable('y'))
    .toThrow('crawler of zone "curated" follows tables of the catalog: AWS Glue mixes no prefixes with them, use another zone for "y"');
});
