import { Token } from 'aws-cdk-lib';
import { DataLakeZone, IDataLakeZone } from '../../zone/data-lake-zone';
import { TableDefinition } from '../table-definition';

const TABLE_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const COLUMN_NAME = /^[a-z_][a-z0-9_]{0,254}$/;
const COLUMN_TYPE = /^(boolean|tinyint|byte|smallint|short|int|integer|bigint|long|float|double|string|date|timestamp|decimal\((\d{1,2}),\s?(\d{1,2})\))$/;

/** Throws what is wrong with a table, naming the value and the fix. */
export function validateTable(table: TableDefinition, taken: string[]): void {
  const { name } = table;
  if (Token.isUnresolved(name) || !TABLE_NAME.test(name)) {
    throw new Error(`table name "${Token.isUnresolved(name) ? 'a token' : name}" is not valid: `
      + 'use lower case letters, digits and underscores, a letter first, at most 64');
  }
  if (taken.includes(name)) throw new Error(`table "${name}" is defined twice: give each table its own name`);
  validateColumns(table);
  validatePartitions(table);
  validateCsv(table);
}

/** What is wrong with tables that are called like a stream of their zone: both would keep their refused data in `quarantine/<name>/`. */
export function sharedQuarantines(zone: IDataLakeZone, tables: string[]): string[] {
  if (!(zone instanceof DataLakeZone)) return [];
  return zone.dataStreams.map(({ streamName }) => streamName).filter((name) => tables.includes(name))
    .map((name) => `zone "${zone.zoneName}" has a table and a data stream "${name}", whose refused data would mix in quarantine/${name}/: rename one of them`);
}

function validateColumns({ name, schema }: TableDefinition): void {
  const columns = schema && Object.entries(schema);
  if (columns?.length === 0) throw new Error(`table "${name}" has an empty schema: name its columns, or leave the schema out to have it inferred`);
  for (const [column, type] of columns ?? []) {
    if (!COLUMN_NAME.test(column)) {
      throw new Error(`column "${column}" of table "${name}" is not valid: use lower case letters, digits and underscores`);
    }
    if (!COLUMN_TYPE.test(type)) {
      throw new Error(`type "${type}" of column "${column}" of table "${name}" is not known: use boolean, tinyint, smallint, int, bigint, float, double, `
        + 'decimal(p,s), string, date or timestamp');
    }
  }
  for (const [column, type] of columns ?? []) {
    const [, , precision, scale] = COLUMN_TYPE.exec(type)!;
    if (precision !== undefined && (Number(precision) < 1 || Number(precision) > 38 || Number(scale) > Number(precision))) {
      throw new Error(`type "${type}" of column "${column}" of table "${name}" is not valid: use 1 to 38 digits in all, and no more of them after the point`);
    }
  }
}

function validatePartitions({ name, schema, partitionColumns }: TableDefinition): void {
  const partitions = partitionColumns ?? [];
  for (const [index, column] of partitions.entries()) {
    if (!COLUMN_NAME.test(column)) {
      throw new Error(`partition column "${column}" of table "${name}" is not valid: use lower case letters, digits and underscores`);
    }
    if (partitions.indexOf(column) !== index) throw new Error(`partition column "${column}" of table "${name}" is given twice: name it once`);
    if (schema && !(column in schema)) {
      throw new Error(`partition column "${column}" of table "${name}" is not in its schema: use one of ${Object.keys(schema).join(', ')}`);
    }
  }
  if (schema && partitions.length >= Object.keys(schema).length) {
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
  const { delimiter = ',', quote = '"', escape } = csv ?? {};
  if (delimiter === quote || delimiter === escape) {
    throw new Error(`csv delimiter "${delimiter}" of table "${name}" is also its ${delimiter === quote ? 'quote' : 'escape'}: give another character`);
  }
}
