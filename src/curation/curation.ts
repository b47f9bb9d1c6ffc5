import { DataClassification } from '../access/data-classification';
import { TriggerLogic } from '../catalog/etl-workflow';
import { JobScript } from '../catalog/job-script';
import { JobSettings } from '../catalog/job-settings';
import { packagePath } from '../private/paths';
import { TableFormat } from '../table/format';

/**
 * Settings of any curated table.
 *
 * @example
 * const options: CurationOptions = { job: { numberOfWorkers: 4 } };
 */
export interface CurationOptions {
  /**
   * Whether all of the required jobs must have succeeded, or any one of them.
   *
   * With ANY the curated job can find some of its tables unchanged, or not there yet: its script must allow for that.
   *
   * @default TriggerLogic.AND
   */
  readonly logic?: TriggerLogic;

  /**
   * How sensitive the curated table is. What is above a person's clearance they do not see.
   *
   * @default - the highest class of its tables and of its zone
   */
  readonly classification?: DataClassification;

  /**
   * Settings of the curated job. They take precedence over those of the catalog. Arguments of your script go into its `defaultArguments`.
   *
   * @default - the catalog's `jobDefaults`
   */
  readonly job?: JobSettings;
}

/**
 * A curated table that your own script makes.
 *
 * @example
 * const daily: ScriptCurationOptions = {
 *   tableName: 'daily_sales',
 *   script: JobScript.fromAsset('jobs/daily_sales.py'),
 *   requiredTables: ['orders', 'payments'],
 * };
 */
export interface ScriptCurationOptions extends CurationOptions {
  /** Name of the curated table: lower case letters, digits and underscores. */
  readonly tableName: string;

  /** The script. Its arguments are those of the library's raw_to_curated.py. */
  readonly script: JobScript;

  /**
   * The tables whose jobs must have succeeded, and that the curated job reads.
   *
   * @default - every table that the catalog has when the CuratedTrigger is made
   */
  readonly requiredTables?: string[];

  /**
   * What the curated table's files are.
   *
   * @default TableFormat.PARQUET
   */
  readonly format?: TableFormat;
}

/**
 * A curated table: what it is made of, and how.
 *
 * @example
 * new DataLakeAccelerator(this, 'Lake', {
 *   tables: [{ name: 'orders' }],
 *   curation: Curation.fromScript({
 *     tableName: 'daily_sales',
 *     script: JobScript.fromBucket(s3.Bucket.fromBucketName(this, 'Scripts', 'my-scripts'), 'daily_sales.py'),
 *     requiredTables: ['orders'],
 *   }),
 * });
 */
export class Curation {
  /**
   * The example of the Olist data set: the performance of sellers, of the tables `order_items`, `order_reviews` and `closed_deals`.
   *
   * @param options settings of its trigger and job
   */
  public static sellerPerformance(options: CurationOptions = {}): Curation {
    return new Curation({
      ...options,
      tableName: 'seller_performance',
      requiredTables: ['order_items', 'order_reviews', 'closed_deals'],
      script: JobScript.fromAsset(packagePath('glue-assets', 'jobs', 'raw_to_curated.py')),
    });
  }

  /**
   * A table that your own script makes.
   *
   * @param options name, script and required tables
   */
  public static fromScript(options: ScriptCurationOptions): Curation {
    return new Curation(options);
  }

  /** Name of the curated table, without the zone's prefix. */
  public readonly tableName: string;

  private constructor(private readonly options: ScriptCurationOptions) {
    this.tableName = options.tableName;
  }

  /** Called by the construct that makes the curated table. */
  public bind(): ScriptCurationOptions {
    return this.options;
  }
}
