/**
 * When the workflow starts crawlers. A crawl is the dearest part of a run: AWS bills at least ten minutes for each.
 *
 * Whatever the policy, each zone has a crawler that can be started by hand. It looks at what nobody has declared: the entries of tables with a
 * schema, and those of tables that a job writes, it never changes.
 *
 * @see https://aws.amazon.com/glue/pricing/
 *
 * @example
 * new DataLakeAccelerator(this, 'Lake', {
 *   tables: [{ name: 'orders' }],
 *   crawl: CrawlPolicy.NEVER,
 * });
 */
export enum CrawlPolicy {
  /** The first zone's crawler, as long as a table has no schema: so the files of that table can be queried as they arrived. */
  WHEN_NEEDED = 'WHEN_NEEDED',
  /**
   * The first zone's crawler with each run, and those of the second and the last zone at its end. The last two start only if all jobs have
   * succeeded: a condition of AWS Glue cannot say "ended, whatever the result".
   */
  ALWAYS = 'ALWAYS',
  /** No crawler. */
  NEVER = 'NEVER',
}
