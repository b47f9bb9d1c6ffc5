import { Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EtlJob } from '../catalog/etl-job';
import { TriggerLogic } from '../catalog/etl-workflow';
import { JobScript } from '../catalog/job-script';
import { JobSettings } from '../catalog/job-settings';
import { tableArns } from '../catalog/private/glue-role';
import { tableName } from '../catalog/private/table-name';
import { ZonedGlueCatalog } from '../catalog/zoned-glue-catalog';
import { describe } from '../private/metadata';
import { packagePath } from '../private/paths';
import { IDataLakeZone } from '../zone/data-lake-zone';

/** What the curated table is made of, and how. */
export interface CurationOptions {
  /**
   * Name of the curated table: lower case letters, digits and underscores.
   *
   * @default "seller_performance"
   */
  readonly tableName?: string;

  /**
   * The tables whose jobs must have succeeded, and that the curated job reads.
   *
   * @default - with the library's script: order_items, order_reviews and closed_deals. With an own script: every table of the catalog so far.
   */
  readonly requiredTables?: string[];

  /**
   * Whether all of the required jobs must have succeeded, or any one of them.
   *
   * With ANY the curated job can find some of its tables unchanged, or not there yet: its script must allow for that.
   *
   * @default TriggerLogic.AND
   */
  readonly logic?: TriggerLogic;

  /**
   * The job's script.
   *
   * @default - the library's raw_to_curated, which makes seller_performance of order_items, order_reviews and closed_deals
   */
  readonly script?: JobScript;

  /**
   * Settings of the curated job, over those of the catalog. Own arguments for an own script go into its `defaultArguments`.
   *
   * @default - the catalog's `jobDefaults`
   */
  readonly job?: JobSettings;
}

/** Properties of `CuratedTrigger`. */
export interface CuratedTriggerProps extends CurationOptions {
  /** The catalog, with the required tables in it. Its chain has at least three zones. */
  readonly catalog: ZonedGlueCatalog;
}

const TABLE_NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** So many prefixes fit into a role's policy (10,240 characters); more are granted as one. */
const PREFIXES_IN_POLICY = 8;

/**
 * Makes a curated table in the last zone when its sources are there: a conditional trigger that watches the required tables' jobs, the job
 * that it starts, and the crawlers of the second and the last zone.
 *
 * The job reads the second zone by location, so that it waits for no crawler: the trigger starts that crawler beside it.
 */
export class CuratedTrigger extends Construct {
  /** The tables that the library's raw_to_curated script joins. */
  public static readonly SELLER_PERFORMANCE_TABLES = ['order_items', 'order_reviews', 'closed_deals'];

  /** The job that makes the curated table. */
  public readonly job: EtlJob;

  /** The curated table, empty until the job's first run fills it. AWS Glue makes no crawler for a table that is not there. */
  public readonly table: glue.CfnTable;

  /** The trigger that starts the job, and the second zone's crawler beside it. */
  public readonly trigger: glue.CfnTrigger;

  /** The trigger that starts the last zone's crawler when the job has succeeded. */
  public readonly crawlTrigger: glue.CfnTrigger;

  /** Name of the curated table, without the zone's prefix. */
  public readonly tableName: string;

  /** Full name of the curated table in the catalog. */
  public readonly catalogTableName: string;

  private readonly _requiredTables: string[];

  constructor(scope: Construct, id: string, props: CuratedTriggerProps) {
    super(scope, id);
    const { catalog } = props;
    const raw = catalog.targetZone;
    const curated = catalog.lastZone;
    this.tableName = props.tableName ?? 'seller_performance';
    this._requiredTables = [...props.requiredTables ?? (props.script ? catalog.tableNames : CuratedTrigger.SELLER_PERFORMANCE_TABLES)];
    validate(this.tableName, this._requiredTables, catalog);
    this.catalogTableName = tableName(curated.zoneName, this.tableName);

    const database = catalog.databaseName(curated.zoneName);
    this.job = new EtlJob(this, 'Job', {
      description: `Table ${this.tableName}, from ${raw.zoneName} to ${curated.zoneName}`,
      script: props.script ?? JobScript.fromAsset(packagePath('glue-assets', 'jobs', 'raw_to_curated.py')),
      modules: catalog.modules,
      network: catalog.network,
      security: catalog.security,
      settings: catalog._jobSettings(props.job),
      logRetention: catalog._logRetention,
      ephemeral: catalog.ephemeral,
      managedArguments: {
        '--table': this.tableName,
        '--source_paths': JSON.stringify(Object.fromEntries(
          this._requiredTables.map((table) => [table, raw.bucket.s3UrlForObject(`tables/${table}/`)]))),
        '--target_path': curated.bucket.s3UrlForObject(`tables/${this.tableName}/`),
        '--target_database': database,
        '--target_table': this.catalogTableName,
        '--TempDir': curated.bucket.s3UrlForObject(`staging/${this.tableName}/temp/`),
      },
    });
    describe(this.job.job, { kind: 'curation', name: this.tableName, zone: curated.zoneName, requires: this._requiredTables });
    this.grantData(catalog, database);

    this.table = this.createTable(curated, database);
    const crawlers = catalog._claimTargetCrawler() ? [catalog.crawler(raw.zoneName)] : [];
    this.trigger = catalog.workflow.addConditionalTrigger(`Curate-${this.tableName}`, {
      jobs: this._requiredTables.map((table) => catalog.job(table)),
      logic: props.logic,
      startJobs: [this.job],
      startCrawlers: crawlers,
    });
    catalog.crawler(curated.zoneName).addCatalogTable(this.catalogTableName);
    catalog.crawler(curated.zoneName).crawler.addDependency(this.table);
    this.crawlTrigger = catalog.workflow.addConditionalTrigger(`Crawl-${this.tableName}`, {
      jobs: [this.job],
      startCrawlers: [catalog.crawler(curated.zoneName)],
    });
  }

  /** The tables whose jobs must have succeeded. */
  public get requiredTables(): string[] {
    return [...this._requiredTables];
  }

  /**
   * Only what never changes is in the template: CloudFormation updates a table whole, and would take back the columns and the location
   * that the job has published.
   */
  private createTable(curated: IDataLakeZone, database: string): glue.CfnTable {
    return new glue.CfnTable(this, 'Table', {
      catalogId: Stack.of(this).account,
      databaseName: database,
      tableInput: {
        name: this.catalogTableName,
        tableType: 'EXTERNAL_TABLE',
        parameters: { classification: 'parquet', EXTERNAL: 'TRUE' },
        storageDescriptor: {
          columns: [],
          location: curated.bucket.s3UrlForObject(`tables/${this.tableName}/`),
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
        },
      },
    });
  }

  private grantData(catalog: ZonedGlueCatalog, database: string): void {
    const tables = this._requiredTables;
    if (tables.length > PREFIXES_IN_POLICY) catalog.targetZone.grantRead(this.job, 'tables/');
    else for (const table of tables) catalog.targetZone.grantRead(this.job, `tables/${table}/`);
    for (const prefix of ['tables', 'staging']) catalog.lastZone.grantReadWrite(this.job, `${prefix}/${this.tableName}/`);
    this.job.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({
      actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetPartitions', 'glue:CreateTable', 'glue:UpdateTable'],
      resources: tableArns(this, database, this.catalogTableName),
    }));
  }
}

function validate(name: string, requiredTables: string[], catalog: ZonedGlueCatalog): void {
  if (!TABLE_NAME.test(name)) {
    throw new Error(`curated table name "${name}" is not valid: use lower case letters, digits and underscores, a letter first, at most 64`);
  }
  if (catalog.lastZone === catalog.targetZone) {
    throw new Error(`curated table "${name}" would go to zone "${catalog.lastZone.zoneName}", which the tables' jobs write: give the catalog a chain of at least three zones`);
  }
  if (!requiredTables.length) throw new Error(`curated table "${name}" requires no tables: name at least one in requiredTables`);
  const known = catalog.tableNames;
  const missing = requiredTables.filter((table) => !known.includes(table));
  if (missing.length) {
    throw new Error(`curated table "${name}" requires ${missing.join(', ')}, not in the catalog: add the tables, or set requiredTables to some of ${known.join(', ') || '(none)'}`);
  }
  const twice = requiredTables.find((table, index) => requiredTables.indexOf(table) !== index);
  if (twice) throw new Error(`curated table "${name}" requires "${twice}" twice: name it once`);
}
