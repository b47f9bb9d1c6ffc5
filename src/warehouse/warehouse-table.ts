/**
 * How the rows of a table are spread over the nodes.
 *
 * @see https://docs.aws.amazon.com/redshift/latest/dg/c_choosing_dist_sort.html
 */
export enum TableDistribution {
  /** In turn. */
  EVEN = 'EVEN',
  /** By the values of a column: rows that are joined on it are together. */
  KEY = 'KEY',
  /** A copy on every node: for small tables that others are joined with. */
  ALL = 'ALL',
  /** As Redshift finds best. */
  AUTO = 'AUTO',
}

/**
 * A curated table in the warehouse. Its columns and their types are those that the catalog has.
 *
 * @example
 * const table: WarehouseTable = { name: 'daily_sales', distributionKey: 'store_id', sortKey: ['sold_on', 'store_id'] };
 */
export interface WarehouseTable {
  /** Name of the curated table. */
  readonly name: string;

  /**
   * How the rows are spread over the nodes.
   *
   * @default - TableDistribution.KEY with a `distributionKey`, otherwise TableDistribution.EVEN
   */
  readonly distribution?: TableDistribution;

  /**
   * The column of the distribution by key.
   *
   * @default - none
   */
  readonly distributionKey?: string;

  /**
   * The columns of the compound sort key, in their order. An empty list makes none.
   *
   * @default - `seller_id` and `sr_id` for the table `seller_performance`, as far as it has them; none for others
   */
  readonly sortKey?: string[];

  /**
   * Views that are made after each load, by their names: a query of the tables in the schema `lake`.
   *
   * @default - average_review_per_seller, average_review_per_sdr and deals_and_value_per_seller for the table `seller_performance`; none for others
   */
  readonly views?: { [name: string]: string };
}
