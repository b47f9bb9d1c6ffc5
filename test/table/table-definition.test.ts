import { Lazy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Compaction, TableDefinition, ZonedGlueCatalogProps } from '../../src';
import { catalogOf, described } from '../catalog/support';

function argumentsOf(table: TableDefinition, ofCatalog: Partial<ZonedGlueCatalogProps> = {}): any {
  const { stack } = catalogOf({ tables: [table], ...ofCatalog });
  return described(Template.fromStack(stack), 'table', table.name).Properties.DefaultArguments;
}

function refusal(table: TableDefinition): () => void {
  return () => { catalogOf({ tables: [table] }); };
}

test('a table needs only a name', () => {
  const args = argumentsOf({ name: 'orders' });
  expect(args['--table']).toBe('orders');
  for (const optional of ['--schema', '--csv_options', '--partition_columns']) expect(args).not.toHaveProperty([optional]);
});

test('the schema goes to the job in the order of its columns', () => {
  const schema = {
    z: 'string', a: 'int', b: 'bigint', c: 'double', d: 'float', e: 'decimal(10,2)', f: 'date', g: 'timestamp', h: 'boolean', i: 'tinyint', j: 'smallint',
  };
  expect(argumentsOf({ name: 'orders', schema })['--schema']).toBe(JSON.stringify(schema));
});

test('settings of columns go to the job with their types; a column without is its type alone', () => {
  const schema = { order_id: 'int', unit_price: 'double', ordered_on: 'date', note: 'string' };
  const columns = { order_id: { source: 'Order No.', required: true }, ordered_on: { format: 'dd/MM/yyyy' }, note: { required: false } };
  expect(JSON.parse(argumentsOf({ name: 'orders', schema, columns })['--schema'])).toEqual({
    order_id: { type: 'int', source: 'Order No.', required: true }, unit_price: 'double', ordered_on: { type: 'date', format: 'dd/MM/yyyy' }, note: 'string',
  });
});

test.each<[string, Partial<TableDefinition>, string]>([
  ['a column that is not there', { columns: { prize: {} } }, 'columns names "prize", which the schema of table "orders" does not have: use one of price, day, id'],
  ['no schema', { schema: undefined, columns: { price: {} } }, 'columns names "price", which the schema of table "orders" does not have: give the table a schema'],
  ['an empty source', { columns: { price: { source: ' ' } } }, 'the source of column "price" of table "orders" is empty: give the column\'s name in the files'],
  ['an empty format', { columns: { day: { format: '' } } }, 'the format of column "day" of table "orders" is empty: give a pattern such as dd/MM/yyyy'],
  ['a format of a number', { columns: { price: { format: 'dd' } } }, 'the format "dd" of column "price" of table "orders" has no effect on a double: declare the column as date or timestamp'],
  ['a source without a header', { csv: { header: false }, columns: { price: { source: 'Price' } } }, 'the source "Price" of column "price" of table "orders" has no effect without a header'],
  ['two columns of one source', { columns: { price: { source: 'P' }, id: { source: ' p ' } } }, 'the source " p " of column "id" of table "orders" is column "price", too: give each its own source'],
  ['the source of another column', { columns: { price: { source: 'ID' } } }, 'the source "ID" of column "price" of table "orders" is column "id", too: give each its own source'],
])('%s is refused', (_, table, message) => {
  expect(refusal({ name: 'orders', schema: { price: 'double', day: 'date', id: 'int' }, ...table })).toThrow(message);
});

test('columns may swap their names', () => {
  const schema = { a: 'int', b: 'int' };
  expect(refusal({ name: 'orders', schema, columns: { a: { source: 'b' }, b: { source: 'a' } } })).not.toThrow();
});

test('the share of refused rows goes to the job, 0 too', () => {
  expect(argumentsOf({ name: 'orders' })).not.toHaveProperty(['--refused_share']);
  expect(argumentsOf({ name: 'orders', refusedShare: 0 })['--refused_share']).toBe('0');
  expect(argumentsOf({ name: 'orders', refusedShare: 0.05 })['--refused_share']).toBe('0.05');
});

test.each([-0.1, 1.5, NaN])('a share of %p is refused', (refusedShare) => {
  expect(refusal({ name: 'orders', refusedShare })).toThrow(`refusedShare ${refusedShare} of table "orders" is not a share: use a number from 0 to 1`);
});

test('compaction goes to the job: the table\'s, else the catalog\'s, else none, so that the job\'s own default holds', () => {
  const above = (compaction?: Compaction, ofCatalog?: Compaction): string | undefined => argumentsOf({ name: 'orders', compaction }, { compaction: ofCatalog })['--compact_above'];
  expect(above()).toBeUndefined();
  expect(above(Compaction.aboveSmallFiles(1))).toBe('1');
  expect(above(Compaction.NEVER)).toBe('0');
  expect(above(undefined, Compaction.NEVER)).toBe('0');
  expect(above(Compaction.aboveSmallFiles(7), Compaction.NEVER)).toBe('7');
});

test.each([0, -1, 1.5, NaN])('compaction above %p files is refused', (count) => {
  expect(() => Compaction.aboveSmallFiles(count)).toThrow(
    `compaction above ${count} small files is not possible: give a whole number of at least 1, or use Compaction.NEVER`);
});

test('CSV options go to the job as they are, false too', () => {
  const csv = {
    delimiter: ';', quote: "'", escape: '\\', encoding: 'ISO-8859-1', header: false, nullValue: 'NULL', dateFormat: 'dd/MM/yyyy', timestampFormat: 'dd/MM/yyyy HH:mm',
  };
  expect(JSON.parse(argumentsOf({ name: 'orders', csv })['--csv_options'])).toEqual(csv);
});

test('partition columns go to the job', () => {
  expect(argumentsOf({ name: 'orders', partitionColumns: ['year', 'month'] })['--partition_columns']).toBe('year,month');
  expect(argumentsOf({ name: 'orders', partitionColumns: [] })).not.toHaveProperty(['--partition_columns']);
});

test.each(['Orders', '1orders', 'order-items', '', 'x'.repeat(65)])('the name %p is refused', (name) => {
  expect(refusal({ name })).toThrow(`table name "${name}" is not valid: use lower case letters, digits and underscores, a letter first, at most 64`);
});

test('a token is no name', () => {
  expect(refusal({ name: Lazy.string({ produce: () => 'orders' }) })).toThrow('table name "a token" is not valid');
});

test('a name is taken once', () => {
  expect(() => catalogOf({ tables: [{ name: 'orders' }, { name: 'orders' }] })).toThrow('table "orders" is defined twice: give each table its own name');
});

test('an empty schema is refused', () => {
  expect(refusal({ name: 'orders', schema: {} })).toThrow('table "orders" has an empty schema: name its columns, or leave the schema out to have it inferred');
});

test('column names are those that Glue and Athena keep', () => {
  expect(refusal({ name: 'orders', schema: { Price: 'double' } })).toThrow('column "Price" of table "orders" is not valid: use lower case letters, digits and underscores');
});

test.each(['varchar', 'array<int>', 'binary', 'money'])('the type %p is refused', (type) => {
  expect(refusal({ name: 'orders', schema: { price: type } })).toThrow(`type "${type}" of column "price" of table "orders" is not known: use boolean, tinyint`);
});

test('partition columns are columns, once each, and not all of them', () => {
  const schema = { year: 'int', price: 'double' };
  expect(refusal({ name: 'orders', schema, partitionColumns: ['month'] })).toThrow('partition column "month" of table "orders" is not in its schema: use one of year, price');
  expect(refusal({ name: 'orders', schema, partitionColumns: ['year', 'year'] })).toThrow('partition column "year" of table "orders" is given twice: name it once');
  expect(refusal({ name: 'orders', schema, partitionColumns: ['year', 'price'] })).toThrow('table "orders" is partitioned by all of its columns: leave at least one column as data');
  expect(refusal({ name: 'orders', partitionColumns: ['a/b'] })).toThrow('partition column "a/b" of table "orders" is not valid: use lower case letters, digits and underscores');
});

test.each(['delimiter', 'quote', 'escape'])('%s is one character', (option) => {
  expect(refusal({ name: 'orders', csv: { [option]: '||' } })).toThrow(`csv ${option} "||" of table "orders" is not one character: give exactly one`);
  expect(refusal({ name: 'orders', csv: { [option]: '' } })).toThrow(`csv ${option} "" of table "orders" is not one character: give exactly one`);
});

test.each(['decimal(39,2)', 'decimal(0,0)', 'decimal(5,6)'])('the type %p is no decimal that Spark has', (type) => {
  expect(refusal({ name: 'orders', schema: { price: type } }))
    .toThrow(`type "${type}" of column "price" of table "orders" is not valid: use 1 to 38 digits in all, and no more of them after the point`);
});

test('a delimiter is neither the quote nor the escape', () => {
  expect(refusal({ name: 'orders', csv: { quote: ',' } })).toThrow('csv delimiter "," of table "orders" is also its quote: give another character');
  expect(refusal({ name: 'orders', csv: { delimiter: ';', escape: ';' } })).toThrow('csv delimiter ";" of table "orders" is also its escape: give another character');
});
