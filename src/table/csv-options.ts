/**
 * How the CSV files of a table are written.
 *
 * @example
 * const csv: CsvOptions = { delimiter: ';', encoding: 'ISO-8859-1', nullValue: 'NULL' };
 */
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
   * Text that represents a missing value.
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

/** What a job assumes for an option that is not given; null: no pattern, ISO 8601. */
export const CSV_DEFAULTS = {
  delimiter: ',',
  quote: '"',
  escape: '"',
  encoding: 'UTF-8',
  header: true,
  nullValue: '',
  dateFormat: null,
  timestampFormat: null,
} as const satisfies Record<keyof CsvOptions, unknown>;
