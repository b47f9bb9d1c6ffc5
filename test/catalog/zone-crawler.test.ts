import * as path from 'path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import { catalogOf, described, flat, lakeStack, statementsOf } from './support';
import { CuratedTrigger, Curation, DataLakeZone, JobScript, ZoneCrawler, ZonedGlueCatalog } from '../../src';

const SCRIPT = path.join(__dirname, '..', '..', 'glue-assets', 'jobs', 'drop_to_raw.py');

/** What a zone's crawler reads. */
function target(stack: Stack, zone: string): any {
  const [{ Path: url, ...rest }, ...others] = described(Template.fromStack(stack), 'crawler', zone).Properties.Targets.S3Targets;
  expect(others).toEqual([]);
  return { path: flat(url).replace(/<.*>/, 'BUCKET'), ...rest };
}

describe('it reads what nobody has declared', () => {
  const tables = [{ name: 'orders', schema: { id: 'bigint' } }, { name: 'sellers' }];

  test.each<[string, string, object]>([
    ['the first zone: all but tables with a schema; some files of each folder, as old ones cost money', 'drop', { Exclusions: ['orders/**'], SampleSize: 20 }],
    ['the second zone: all but what jobs write', 'raw', { Exclusions: ['orders/**', 'sellers/**'] }],
    ['the last zone: all but what jobs write', 'curated', { Exclusions: ['best/**'] }],
    ['a zone outside of the chain: everything', 'lab', {}],
  ])('%s', (_, zone, expected) => {
    const { stack, zones } = lakeStack();
    const lab = new DataLakeZone(stack, 'Lab', { zoneName: 'lab', dataStreams: [] });
    const catalog = new ZonedGlueCatalog(stack, 'Catalog', { zones, otherZones: [lab], tables });
    const curation = Curation.fromScript({ tableName: 'best', script: JobScript.fromAsset(SCRIPT) });
    new CuratedTrigger(stack, 'Best', { catalog, curation });
    expect(target(stack, zone)).toEqual({ path: 's3://BUCKET/tables/', ...expected });
    // A table that is excluded has vanished for the crawler: it must not mark it.
    expect(described(Template.fromStack(stack), 'crawler', zone).Properties.SchemaChangePolicy)
      .toEqual({ UpdateBehavior: 'UPDATE_IN_DATABASE', DeleteBehavior: zone === 'lab' ? 'DEPRECATE_IN_DATABASE' : 'LOG' });
  });

  test.each([0, 250])('a sample of %p files is refused', (sampleSize) => {
    const { stack, catalog, zones } = catalogOf();
    const props = { zone: zones[0], databaseName: 'x', security: catalog.security, sampleSize };
    expect(() => new ZoneCrawler(stack, 'Crawler', props)).toThrow(`sampleSize of a crawler must be a whole number from 1 to 249, got ${sampleSize}`);
  });
});

test('names, grouping and schema changes', () => {
  const { stack } = catalogOf();
  const { Properties: crawler } = described(Template.fromStack(stack), 'crawler', 'raw');
  expect(crawler).toMatchObject({
    TablePrefix: 'raw_',
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
    .flatMap((group: any) => group.Properties.LogGroupName ? [flat(group.Properties.LogGroupName)] : []);
  expect(names).toContainEqual(expect.stringMatching(/^\/aws-glue\/crawlers-role\/<CatalogCrawlerdropRole\w+>-<CatalogSecurityConfiguration\w+>$/));
});
