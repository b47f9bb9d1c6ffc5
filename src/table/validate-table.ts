import { Token } from 'aws-cdk-lib';
import { canonicalType, ColumnTypeError } from './column-type';
import { CSV_DEFAULTS } from './csv-options';
import { TableDefinition } from './table-definition';

/** Valid names of tables. */
export const TABLE_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const COLUMN_NAME = /^[a-z_][a-z0-9_]{0,254}$/;

/** Throws if a table is not valid; the message names the value and the fix. */
export function validateTable(table: TableDefinition, taken: string[]): void {
  const name = (table as TableDefinition | undefined)?.name;
  if (Token.isUnresolved(name) || typeof name !== 'string' || !TABLE_NAME.test(name)) {
    throw new Error(`table name "${Token.isUnresolved(name) ? 'a token' : name}" is not valid: `
      + 'use lower case letters, digits and underscores, a letter first, at most 64');
  }
  if (taken.includes(name)) throw new Error(`table "${name}" is defined twice: give each table its own name`);
  validateColumns(table);
  validateColumnOptions(table);
  validatePartitions(table);
  validateCsv(table);
  if (table.refusedShare !== undefined && !Token.isUnresolved(table.refusedShare) && !(table.refusedShare >= 0 && table.refusedShare <= 1)) {
    throw new Error(`refusedShare ${table.refusedShare} of table "${name}" is not a share: use a number from 0 to 1`);
  }
}

function validateColumns({ name, schema }: TableDefinition): void {
  if (!schema) return;
  const columns = Object.entries(schema);
  if (columns.length === 0) throw new Error(`table "${name}" has an empty schema: name its columns, or leave the schema out to have it inferred`);
  for (const [column, type] of columns) {
    if (!COLUMN_NAME.test(column)) {
      throw new Error(`column "${column}" of table "${name}" is not valid: use lower case letters, digits and underscores`);
    }
    validateType(`type "${type}" of column "${column}" of table "${name}"`, type);
  }
}

function validateColumnOptions(table: TableDefinition): void {
  const { name, schema, columns = {} } = table;
  const known = Object.keys(schema ?? {});
  const sources = new Map(known.filter((column) => !columns[column]?.source).map((column) => [headerName(column), column]));
  for (const [column, { source, format }] of Object.entries(columns)) {
    if (!schema || !known.includes(column)) {
      const fix = schema ? `use one of ${known.join(', ')}` : 'give the table a schema';
      throw new Error(`columns names "${column}", which the schema of table "${name}" does not have: ${fix}`);
    }
    if (format !== undefined) validateFormat(table, column, schema[column], format);
    if (source !== undefined) validateSource(table, column, source, sources);
  }
}

function validateFormat({ name }: TableDefinition, column: string, type: string, format: string): void {
  const what = `of column "${column}" of table "${name}"`;
  if (!format.trim()) throw new Error(`the format ${what} is empty: give a pattern such as dd/MM/yyyy, or leave it out`);
  if (!/^(date|timestamp)$/i.test(type.trim())) {
    throw new Error(`the format "${format}" ${what} has no effect on a ${type}: declare the column as date or timestamp`);
  }
}

/** Throws if a source is not valid, or is another column's; otherwise adds it to those that are taken. */
function validateSource({ name, csv }: TableDefinition, column: string, source: string, taken: Map<string, string>): void {
  const what = `of column "${column}" of table "${name}"`;
  if (!source.trim()) throw new Error(`the source ${what} is empty: give the column's name in the files, or leave it out`);
  if (csv?.header === false) throw new Error(`the source "${source}" ${what} has no effect without a header: leave it out, or set csv.header to true`);
  const other = taken.get(headerName(source));
  if (other) throw new Error(`the source "${source}" ${what} is column "${other}", too: give each its own source`);
  taken.set(headerName(source), column);
}

/** Returns a name as jobs compare it with a header. */
function headerName(name: string): string {
  return name.trim().toLowerCase();
}

function validateType(what: string, type: string): void {
  try {
    canonicalType(type);
  } catch (error) {
    if (error instanceof ColumnTypeError) throw new Error(`${what} ${error.message}`);
    throw error;
  }
}

function validatePartitions({ name, schema, partitionColumns = [] }: TableDefinition): void {
  for (const [index, column] of partitionColumns.entries()) {
    if (!COLUMN_NAME.test(column)) {
      throw new Error(`partition column "${column}" of table "${name}" is not valid: use lower case letters, digits and underscores`);
    }
    if (partitionColumns.indexOf(column) !== index) throw new Error(`partition column "${column}" of table "${name}" is given twice: name it once`);
    if (schema && !Object.keys(schema).includes(column)) {
      throw new Error(`partition column "${column}" of table "${name}" is not in its schema: use one of ${Object.keys(schema).join(', ')}`);
    }
  }
  if (schema && partitionColumns.length >= Object.keys(schema).length) {
    throw new Error(`table "${name}" is partitioned by all of its columns: leave at least one column as data`);
  }
}

function validateCsv({ name, csv }: TableDefinition): void {
  for (const option of ['delimiter', 'quote', 'escape'] as const) {
    const value = csv?.[option];
    if (value !== undefined && value.length !== 1) {
      throw new Error(`csv ${option} "${value}" of table "${name}" is not one character: give exactly one`);
    }
  }
  const { delimiter = CSV_DEFAULTS.delimiter, quote = CSV_DEFAULTS.quote, escape } = csv ?? {};
  if (delimiter === quote || delimiter === escape) {
    throw new Error(`csv delimiter "${delimiter}" of table "${name}" is also its ${delimiter === quote ? 'quote' : 'escape'}: give another character`);
  }
}
