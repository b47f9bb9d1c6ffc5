import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CrawlPolicy } from './crawl-policy';
import { JobSettings } from './job-settings';
import { LakeFormation } from './lake-formation';
import { WorkflowStart } from './workflow-start';
import { LakeNetworkAttachment } from '../network/lake-network-attachment';
import { Compaction } from '../table/compaction';
import { TableDefinition } from '../table/table-definition';
import { IDataLakeZone } from '../zone/data-lake-zone';

/**
 * What a grant on a catalog is for.
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * declare const role: iam.IRole;
 * catalog.grantRead(role, { zones: ['raw'], tables: ['orders'] });
 */
export interface CatalogGrantOptions {
  /**
   * Names of the zones.
   *
   * @default - all zones of the catalog
   */
  readonly zones?: string[];

  /**
   * Names of the tables, without the zone's prefix.
   *
   * @default - all tables of the zones, present and future
   */
  readonly tables?: string[];
}

/**
 * Properties of `ZonedGlueCatalog`.
 *
 * @example
 * declare const drop: DataLakeZone;
 * declare const raw: DataLakeZone;
 * declare const sandbox: DataLakeZone;
 * const props: ZonedGlueCatalogProps = {
 *   zones: [drop, raw],
 *   otherZones: [sandbox],
 *   tables: [{ name: 'orders', schema: { order_id: 'string', amount: 'decimal(12,2)' } }],
 * };
 */
export interface ZonedGlueCatalogProps {
  /** The zones that data goes through, in order: at least two. The tables' jobs write from the first to the second. */
  readonly zones: IDataLakeZone[];

  /**
   * Zones outside the chain, such as a sandbox: each gets a database, and a crawler that is started by hand.
   *
   * @default - none
   */
  readonly otherZones?: IDataLakeZone[];

  /**
   * The batch tables.
   *
   * @default - none; add them with `addTable`
   */
  readonly tables?: TableDefinition[];

  /**
   * What starts the workflow.
   *
   * @default WorkflowStart.onNewData()
   */
  readonly start?: WorkflowStart;

  /**
   * When the workflow starts crawlers.
   *
   * @default CrawlPolicy.WHEN_NEEDED
   */
  readonly crawl?: CrawlPolicy;

  /**
   * When the small files of tables in the second zone are put together, where a table does not say otherwise.
   *
   * @default Compaction.aboveSmallFiles(1000)
   */
  readonly compaction?: Compaction;

  /**
   * Settings of every job, where neither its table nor its construct says otherwise.
   *
   * @default - two G.1X workers, one hour, no retry
   */
  readonly jobDefaults?: JobSettings;

  /**
   * Names of the databases by zone, instead of the generated ones: lower case letters, digits and underscores.
   *
   * @default - made from the path of the construct in the app and the name of the zone
   */
  readonly databaseNames?: { [zone: string]: string };

  /**
   * What AWS Lake Formation is to the databases and tables. Needed in an account whose settings do not keep "Use only IAM access control".
   *
   * @default - the account's settings hold
   */
  readonly lakeFormation?: LakeFormation;

  /**
   * Key for the logs of jobs and crawlers, and for the jobs' bookmarks.
   *
   * @default - an own customer-managed key with rotation
   */
  readonly logEncryptionKey?: kms.IKey;

  /**
   * A VPC for the jobs: an existing one, or `LakeNetwork.attachment()`. Crawlers stay in AWS's network.
   *
   * @default - none: the jobs run in AWS's network
   */
  readonly network?: LakeNetworkAttachment;

  /**
   * How long the logs of jobs and crawlers are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Gets the arrivals that EventBridge could not pass on to the workflow.
   *
   * @default - none; the next arrival processes their objects all the same
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * The most jobs, crawlers and triggers that the workflow may have; more is an error at synthesis.
   *
   * @default 100 - beyond that, AWS says, stopping and resuming a run may fail
   * @see https://docs.aws.amazon.com/glue/latest/dg/blueprint_workflow_restrictions.html
   */
  readonly maxWorkflowComponents?: number;

  /**
   * Whether the logs and their key go with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}
