import { JobScript } from './job-script';
import { JobSettings } from './job-settings';

/** How the CSV files of a table are written. */
export interface CsvOptions {
  /**
   * Character between two fields.
   *
   * @default - ","
   */
  readonly delimiter?: string;

  /**
   * Character around a field that contains delimiters, quotes or line ends.
   *
   * @default - '"'
   */
  readonly quote?: string;

  /**
   * Character before a quote inside a quoted field.
   *
   * @default - the quote character itself, as RFC 4180 has it
   */
  readonly escape?: string;

  /**
   * Character set of the files.
   *
   * @default - "UTF-8"
   */
  readonly encoding?: string;

  /**
   * Whether the first line holds the names of the columns.
   *
   * @default true
   */
  readonly header?: boolean;

  /**
   * Text that stands for a missing value.
   *
   * @default - the empty field
   */
  readonly nullValue?: string;

  /**
   * Spark's pattern of dates, such as "dd/MM/yyyy".
   *
   * @default - "yyyy-MM-dd"
   */
  readonly dateFormat?: string;

  /**
   * Spark's pattern of timestamps, such as "dd/MM/yyyy HH:mm:ss".
   *
   * @default - ISO 8601, with a space or a "T" between date and time
   */
  readonly timestampFormat?: string;
}

/** A batch table: files under `tables/<name>/` of the first zone, Parquet in the second, and the Glue job between. */
export interface TableDefinition {
  /** Name of the table: lower case letters, digits and underscores, at most 64. */
  readonly name: string;

  /**
   * Types of the columns by name, in the order of the files: `{ order_id: 'string', price: 'double' }`.
   *
   * Types: boolean, tinyint, smallint, int, bigint, float, double, decimal(p,s), string, date, timestamp.
   *
   * @default - the types that the first zone's crawler inferred
   */
  readonly schema?: { [column: string]: string };

  /**
   * How the CSV files are written.
   *
   * @default - comma separated, double quotes, UTF-8, with a header
   */
  readonly csv?: CsvOptions;

  /**
   * Columns that partition the table in the second zone.
   *
   * @default - not partitioned
   */
  readonly partitionColumns?: string[];

  /**
   * Script of the table's job.
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
