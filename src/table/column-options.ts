/**
 * Settings of one column of a table, beside its type.
 *
 * @example
 * const orders: TableDefinition = {
 *   name: 'orders',
 *   schema: { order_id: 'int', unit_price: 'double', ordered_on: 'date' },
 *   columns: {
 *     order_id: { source: 'Order No.', required: true },
 *     ordered_on: { format: 'dd/MM/yyyy' },
 *   },
 * };
 */
export interface ColumnOptions {
  /**
   * Name of the column in the header of the files, if that is another: `Order No.`. Case and surrounding spaces do not matter.
   *
   * @default - the column's own name, or one that is the same in snake case: `Order ID`, `orderId` and `Order.ID` for `order_id`
   */
  readonly source?: string;

  /**
   * Spark's pattern of the column's dates or timestamps, such as `dd/MM/yyyy`. It takes precedence over the patterns of `csv`.
   *
   * @default - the pattern of `csv`; without one, ISO 8601 or the one known pattern that all values of a file fit
   * @see https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html
   */
  readonly format?: string;

  /**
   * Whether each row must have a value: a file without the column is refused, and so is a row whose field is empty.
   *
   * @default false - what is missing is NULL
   */
  readonly required?: boolean;
}

/** What a column may have in the `--schema` argument of a job: its type, and the options above. */
export const COLUMN_SETTINGS = ['type', 'source', 'format', 'required'] as const satisfies readonly ('type' | keyof ColumnOptions)[];
