import { Token } from 'aws-cdk-lib';
import { canonicalType, ColumnTypeError } from './column-type';
import { CSV_DEFAULTS } from './csv-options';
import { TableDefinition } from './table-definition';

/** Valid names of tables. */
export const TABLE_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const COLUMN_NAME = /^[a-z_][a-z0-9_]{0,254}$/;

/** Throws if a table is not valid; the message names the value and the fix. */
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
    if (schema && !(column in schema)) {
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
