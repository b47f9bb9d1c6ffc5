import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DataLakeAccelerator, LakeGrantOptions } from '../src';
import { flat } from './catalog/support';

type Grant = (lake: DataLakeAccelerator, grantee: iam.IGrantable) => unknown;

/** Returns what a grant allows: `<action> <resource>`, with a zone's name in place of its bucket, key or database. */
function allowed(grant: Grant): string[] {
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
  const layers = { runtime: lambda.Runtime.PYTHON_3_14, architecture: lambda.Architecture.ARM_64, layers: [] };
  const lake = new DataLakeAccelerator(stack, 'Lake', { tables: [{ name: 'orders' }, { name: 'items' }], layers });
  const role = new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
  grant(lake, role);
  const policies = Object.entries<any>(Template.fromStack(stack).findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith('Reader'));
  return [...new Set(policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action, Resource }: any) => [Action].flat().flatMap((action: string) => [Resource].flat().map((one: any) => `${action} ${short(flat(one))}`))))];
}

function short(arn: string): string {
  return arn.replace(/<LakeZone(\w+?)(Bucket|Key)\w+\.Arn>/, '$1:$2').replace(/<LakeCatalogDatabase([a-z]+?)[0-9A-F]{8}>/, '$1').replace(/^arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:/, '')
    .replace(/^arn.*:workgroup\/.*/, 'workgroup').replace(/<LakeWorkgroup(Results|Key)\w+\.Arn>/, 'results:$1');
}

const objects = (lines: string[], action: string) => lines.filter((line) => line.startsWith(`${action} `) && line.endsWith('*') && !line.includes('results'))
  .map((line) => line.slice(action.length + 1)).sort();

describe('every grant has one shape: who, then options', () => {
  test.each<[string, Grant]>([
    ['zone', (lake, role) => lake.zone('raw').grantRead(role, { prefix: 'tables/orders/' })],
    ['catalog', (lake, role) => lake.catalog.grantRead(role, { zones: ['raw'], tables: ['orders'] })],
    ['lake', (lake, role) => lake.grantRead(role, { zones: ['raw'], tables: ['orders'] })],
    ['lake, by prefix', (lake, role) => lake.grantRead(role, { zones: ['raw'], prefix: 'tables/orders/' })],
  ])('%s', (_, grant) => {
    const lines = allowed(grant);
    expect(objects(lines, 's3:GetObject')).toEqual(['raw:Bucket/tables/orders/*']);
    expect(lines).toContain('kms:Decrypt raw:Key');
    expect(objects(lines, 's3:PutObject')).toEqual([]);
  });
});

describe('the lake\'s grant composes those of its parts', () => {
  const read = (options?: LakeGrantOptions) => allowed((lake, role) => lake.grantRead(role, options));

  test('grantRead: every table of every zone, and the workgroup', () => {
    const lines = read();
    expect(objects(lines, 's3:GetObject')).toEqual(['curated', 'drop', 'raw', 'sandbox'].map((zone) => `${zone}:Bucket/tables/*`));
    expect(lines).toEqual(expect.arrayContaining(['glue:GetTable table/raw/*', 'glue:GetDatabase database/raw', 'athena:StartQueryExecution workgroup']));
    expect(lines.filter((line) => /Update|Delete|Create/.test(line) && !/results|glue:CreateDatabase/.test(line))).toEqual([]);
  });

  test('browse goes to the workgroup', () => {
    expect(read()).not.toContain('athena:ListDataCatalogs *');
    expect(read({ browse: true })).toContain('athena:ListDataCatalogs *');
    expect(allowed((lake, role) => lake.grantReadWrite(role, { browse: true }))).toContain('athena:ListDataCatalogs *');
  });

  test('grantRead of tables: their entries and no others', () => {
    const tables = read({ zones: ['raw'], tables: ['orders'] }).filter((line) => line.startsWith('glue:GetTable '));
    expect(tables.sort()).toEqual(['glue:GetTable catalog', 'glue:GetTable database/raw', 'glue:GetTable table/raw/raw_orders']);
  });

  test('grantRead of a prefix: objects, and nothing of catalog and workgroup', () => {
    expect(read({ zones: ['sandbox'], prefix: 'uploads/' }).filter((line) => !/^(s3|kms):/.test(line))).toEqual([]);
  });

  test('grantWrite: no reading, and no queries', () => {
    const lines = allowed((lake, role) => lake.grantWrite(role, { zones: ['raw'] }));
    expect(objects(lines, 's3:PutObject')).toEqual(['raw:Bucket/tables/*']);
    expect(lines).toEqual(expect.arrayContaining(['glue:UpdateTable table/raw/*', 'kms:GenerateDataKey raw:Key']));
    expect(lines.filter((line) => /^(s3:GetObject|athena)/.test(line))).toEqual([]);
  });

  test('grantReadWrite: both', () => {
    const lines = allowed((lake, role) => lake.grantReadWrite(role, { zones: ['sandbox'] }));
    expect(objects(lines, 's3:PutObject')).toEqual(['sandbox:Bucket/tables/*']);
    expect(objects(lines, 's3:GetObject')).toEqual(['sandbox:Bucket/tables/*']);
    expect(lines).toContain('athena:StartQueryExecution workgroup');
    const whole = allowed((lake, role) => lake.grantReadWrite(role, { zones: ['sandbox'], prefix: '' }));
    expect(objects(whole, 's3:PutObject')).toEqual(['sandbox:Bucket/*']);
  });

  test.each<[LakeGrantOptions, string]>([
    [{ zones: [] }, 'zones of a grant is empty: name at least one zone, or leave zones out for all of them'],
    [{ zones: [], prefix: 'a/' }, 'zones of a grant is empty: name at least one zone, or leave zones out for all of them'],
    [{ tables: [] }, 'tables of a grant is empty: name at least one table, or leave tables out for all of them'],
    [{ zones: ['silver'] }, '"silver" is not in the catalog: use one of drop, raw, curated, sandbox'],
    [{ zones: ['silver'], prefix: 'a/' }, 'zone "silver" is not in the lake: use one of drop, raw, curated, sandbox'],
    [{ browse: true, prefix: 'a/' }, "a grant of the prefix 'a/' gives no tables to browse: leave browse out, or prefix"],
    [{ tables: ['orders'], prefix: 'a/' }, "a grant names both tables orders and the prefix 'a/': give one of the two"],
  ])('%p is refused', (options, message) => {
    expect(() => read(options)).toThrow(message);
  });
});
