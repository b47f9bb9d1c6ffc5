import { ColumnOptions } from './column-options';
import { Compaction } from './compaction';
import { CsvOptions } from './csv-options';
import { TableFormat } from './format';
import { DataClassification } from '../access/data-classification';
import { JobScript } from '../catalog/job-script';
import { JobSettings } from '../catalog/job-settings';

/**
 * A batch table: CSV files under `tables/<name>/` of the first zone, a Glue job, and its files in the second zone.
 *
 * @example
 * const orders: TableDefinition = {
 *   name: 'orders',
 *   schema: { order_id: 'string', ordered_on: 'date', amount: 'decimal(12,2)' },
 *   partitionColumns: ['ordered_on'],
 * };
 */
export interface TableDefinition {
  /** Name of the table: lower case letters, digits and underscores, at most 64. */
  readonly name: string;

  /**
   * How sensitive the table's data, and what is refused of it, is. What is above a person's clearance they do not see.
   *
   * @default - that of the zones
   */
  readonly classification?: DataClassification;

  /**
   * Types of the columns by name, in the order of the files: `{ order_id: 'string', price: 'double' }`.
   *
   * Types: boolean, tinyint, smallint, int, bigint, float, double, decimal(p,s), string, varchar(n), char(n), date, timestamp.
   *
   * @default - the job finds the columns in the files, and infers their types from all values
   */
  readonly schema?: { [column: string]: string };

  /**
   * Further settings of columns, by their names in the schema: the name in the files, the pattern of dates, whether it must be there.
   *
   * @default - columns are found by their names, dates are ISO 8601, and a column that a file does not have is NULL
   */
  readonly columns?: { [column: string]: ColumnOptions };

  /**
   * How the CSV files are written.
   *
   * @default - comma separated, double quotes, UTF-8, with a header
   */
  readonly csv?: CsvOptions;

  /**
   * The share of a run's new rows, from 0 to 1, that may be refused. If more are, and at least ten, the good rows land, and the job fails with
   * the reasons until they are dealt with.
   *
   * @default 0.5
   */
  readonly refusedShare?: number;

  /**
   * What the table's files are in the second zone.
   *
   * @default TableFormat.PARQUET
   */
  readonly format?: TableFormat;

  /**
   * Columns that partition the table in the second zone.
   *
   * @default - not partitioned
   */
  readonly partitionColumns?: string[];

  /**
   * When the table's small files in the second zone are put together.
   *
   * @default - the catalog's `compaction`
   */
  readonly compaction?: Compaction;

  /**
   * Script of the table's job. It keeps the table's entry in the catalog, too: no crawler looks at what a job writes.
   *
   * @default - the library's drop_to_raw, which works for any CSV
   */
  readonly script?: JobScript;

  /**
   * Settings of this table's job, over those of the catalog.
   *
   * @default - the catalog's `jobDefaults`
   */
  readonly job?: JobSettings;
}
