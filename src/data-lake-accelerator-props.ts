import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DataClassification } from './access/data-classification';
import { PersonaRolesOptions } from './access/persona-roles';
import { LakeAuditOptions } from './audit/lake-audit';
import { LakeMonitoringOptions } from './audit/lake-monitoring';
import { SensitiveDataOptions } from './audit/sensitive-data-discovery';
import { CrawlPolicy } from './catalog/crawl-policy';
import { JobSettings } from './catalog/job-settings';
import { LakeFormation } from './catalog/lake-formation';
import { WorkflowStart } from './catalog/workflow-start';
import { Curation } from './curation/curation';
import { DashboardOptions } from './dashboard/dashboard-options';
import { IPythonLayers } from './layers/python-layers';
import { LakeNetworkAttachment } from './network/lake-network-attachment';
import { AthenaWorkgroupOptions } from './query/athena-workgroup';
import { ICuratedSink } from './sink/curated-sink';
import { Compaction } from './table/compaction';
import { TableDefinition } from './table/table-definition';
import { WarehouseOptions } from './warehouse/quicksight-redshift';
import { DataStreamDefinition } from './zone/data-stream';
import { ZoneLifecycle } from './zone/lifecycle';

/**
 * A zone of a lake.
 *
 * @example
 * const zones: ZoneDefinition[] = [
 *   { name: 'drop', dataStreams: [{ name: 'clicks' }] },
 *   { name: 'raw' },
 *   { name: 'curated' },
 *   { name: 'sandbox', standalone: true },
 * ];
 */
export interface ZoneDefinition {
  /** Name of the zone. */
  readonly name: string;

  /**
   * Whether the zone is outside the chain: nothing flows into it or out of it, such as a sandbox.
   *
   * @default false - data goes on to the next zone of the list that is in the chain
   */
  readonly standalone?: boolean;

  /**
   * How sensitive the zone's data is. What is above a person's clearance they do not see.
   *
   * @default - `DataClassification.PROPRIETARY`; streams and tables may be above it
   */
  readonly classification?: DataClassification;

  /**
   * Whether nobody reads an object below `tables/` that lacks the tag `data-classification`, whoever put it there. Needs a `classification` of the
   * zone: with one its jobs tag all that they write. Athena's CTAS and Spark jobs of your own do not tag, so that nobody reads what they write here.
   *
   * @default false - an object without the tag has the class of its prefix
   */
  readonly refuseUntagged?: boolean;

  /**
   * The zone's data streams. An empty list makes none.
   *
   * @default - one stream `incoming` of CSV files where the zone has a next zone, none otherwise
   */
  readonly dataStreams?: DataStreamDefinition[];

  /**
   * What becomes of the zone's objects as they age.
   *
   * @default - the first zone: Glacier Instant Retrieval after 30 days; others: Intelligent-Tiering; old versions expire after 30 days
   */
  readonly lifecycle?: ZoneLifecycle;

  /**
   * An existing bucket for the zone. Its settings, lifecycle and access logs stay as they are.
   *
   * @default - a new bucket
   */
  readonly bucket?: s3.IBucket;

  /**
   * Whether the policy of an existing `bucket` has the statements that keep out whoever is not cleared for what is in it. Nothing can check that.
   *
   * @default false - where they are needed, synthesis fails and prints them
   */
  readonly classesGuardedElsewhere?: boolean;

  /**
   * Key that encrypts the zone.
   *
   * @default - the key of `bucket`, if it is known; otherwise an own customer-managed key with rotation
   */
  readonly encryptionKey?: kms.IKey;
}

/**
 * Properties of `DataLakeAccelerator`.
 *
 * @example
 * const props: DataLakeAcceleratorProps = {
 *   tables: [{ name: 'orders' }, { name: 'customers' }],
 *   start: WorkflowStart.hourly(),
 *   jobDefaults: { workerType: GlueWorkerType.G_2X },
 * };
 */
export interface DataLakeAcceleratorProps {
  /** The batch tables: CSV files under `tables/<name>/` of the first zone become Parquet in the second. At least one. */
  readonly tables: TableDefinition[];

  /**
   * The zones, in the order in which data goes through them; tables need two in the chain, a curated table three.
   *
   * @default - drop, raw and curated in a chain, and a sandbox outside it
   */
  readonly zones?: ZoneDefinition[];

  /**
   * What starts the lake's workflow.
   *
   * @default WorkflowStart.onNewData()
   */
  readonly start?: WorkflowStart;

  /**
   * When the workflow starts crawlers.
   *
   * @default CrawlPolicy.WHEN_NEEDED - as long as a table has no schema, the first zone's
   */
  readonly crawl?: CrawlPolicy;

  /**
   * When the small files of tables in the second zone are put together, where a table does not say otherwise.
   *
   * @default Compaction.aboveSmallFiles(1000)
   */
  readonly compaction?: Compaction;

  /**
   * The curated table, made in the last zone of the chain. For several, use `curations`.
   *
   * @default - none: the workflow ends with the tables' jobs
   */
  readonly curation?: Curation;

  /**
   * The curated tables, each with its own job and trigger. Append new ones: the first is the construct `Curation`, and putting another
   * one before it replaces its catalog table and log groups.
   *
   * @default - the one of `curation`, if that is given
   */
  readonly curations?: Curation[];

  /**
   * Settings of every Glue job, where its table or the curation does not say otherwise.
   *
   * @default - two G.1X workers, one hour, no retry
   */
  readonly jobDefaults?: JobSettings;

  /**
   * The Athena workgroup.
   *
   * @default - enforced settings, an encrypted results bucket that forgets after 30 days, no limit of bytes scanned
   */
  readonly workgroup?: AthenaWorkgroupOptions;

  /**
   * The numpy and pandas layers of the streams' functions.
   *
   * @default - the library's own, for the newest Python runtime
   */
  readonly layers?: IPythonLayers;

  /**
   * A VPC for the streams' functions and the Glue jobs: an existing one, or `LakeNetwork.attachment()`. Functions of your own are where you
   * made them.
   *
   * @default - none: they run in AWS's network
   */
  readonly network?: LakeNetworkAttachment;

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
   * How long the logs of jobs and crawlers are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * The most jobs, crawlers and triggers that the workflow may have; more is an error at synthesis.
   *
   * @default 100 - beyond that, AWS says, stopping and resuming a run may fail
   * @see https://docs.aws.amazon.com/glue/latest/dg/blueprint_workflow_restrictions.html
   */
  readonly maxWorkflowComponents?: number;

  /**
   * Alarms, a dashboard and a topic. `{}` takes the defaults.
   *
   * @default - none: an idle lake costs nothing for them
   */
  readonly monitoring?: LakeMonitoringOptions;

  /**
   * A trail of who did what, with alarms. `{}` takes the defaults.
   *
   * @default - none; CloudTrail's event history has the calls that manage the account, for 90 days
   */
  readonly audit?: LakeAuditOptions;

  /**
   * Roles by job function and clearance. They are for the tables and streams that the lake has when it is made.
   *
   * @default - none; `grantRead` and the like give single rights to roles of yours
   */
  readonly personas?: PersonaRolesOptions;

  /**
   * Let Amazon Macie look for sensitive data once a week, in all zones. Findings go to the topic of the monitoring, if it has an own one.
   *
   * @default - none
   */
  readonly sensitiveData?: SensitiveDataOptions;

  /**
   * A Redshift warehouse of the curated tables.
   *
   * @default - none: an idle lake costs nothing for it
   */
  readonly warehouse?: WarehouseOptions;

  /**
   * Further stores that curated tables are loaded into: constructs of the library, or of your own.
   *
   * @default - none
   * @see https://github.com/cdk-datalake-accelerator/cdk-datalake-accelerator/blob/main/docs/sinks.md
   */
  readonly sinks?: ICuratedSink[];

  /**
   * A QuickSight dashboard of the curated table `seller_performance`.
   *
   * @default - none
   */
  readonly dashboard?: DashboardOptions;

  /**
   * Whether destroying the stack destroys the lake with all of its data. For development: synthesis warns.
   *
   * @default false - everything that holds data is kept
   */
  readonly ephemeral?: boolean;
}

/**
 * What a grant on a lake is for.
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * declare const role: iam.IRole;
 * lake.grantRead(role, { zones: ['raw', 'curated'], tables: ['orders'] });
 * lake.grantReadWrite(role, { zones: ['sandbox'], prefix: 'uploads/' });
 */
export interface LakeGrantOptions {
  /**
   * Names of the zones.
   *
   * @default - all zones of the lake
   */
  readonly zones?: string[];

  /**
   * Names of the tables, without the zone's prefix. Not together with `prefix`.
   *
   * @default - all tables of the zones, present and future
   */
  readonly tables?: string[];

  /**
   * Prefix of the keys, such as `uploads/`; empty for all objects of the zones. Not together with `tables`.
   *
   * @default - the objects of the tables
   */
  readonly prefix?: string;

  /**
   * Whether a reader may list databases, catalogs and workgroups too, as the Athena console and the drivers of BI tools do. Not together
   * with `prefix`.
   *
   * @default false - the names of everything in the account's catalog stay hidden
   */
  readonly browse?: boolean;
}
