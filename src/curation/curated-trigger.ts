import { Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Curation } from './curation';
import { requireClass } from '../access/classes';
import { DataClassification } from '../access/data-classification';
import { clear, highestOf, ofTable, ZoneClasses } from '../access/zone-classes';
import { EtlJob } from '../catalog/etl-job';
import { ZonedGlueCatalog } from '../catalog/zoned-glue-catalog';
import { describe } from '../private/metadata';
import { requireProps } from '../private/validation';
import { TableFormat } from '../table/format';
import { ArgumentsOf, glueArguments, RAW_TO_CURATED } from '../table/job-arguments';
import { TABLE_NAME } from '../table/validate-table';
import { below, catalogTableName, PREFIXES } from '../zone/layout';

/**
 * Properties of `CuratedTrigger`.
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * const props: CuratedTriggerProps = { catalog, curation: Curation.sellerPerformance() };
 */
export interface CuratedTriggerProps {
  /** The catalog, with the required tables in it. Its chain has at least three zones. */
  readonly catalog: ZonedGlueCatalog;

  /** The curated table. */
  readonly curation: Curation;
}

/**
 * The prefixes of so many tables are granted one by one; of more, the policy would exceed 10,240 characters, and `tables/` or `manifests/` is granted
 * as a whole.
 */
const TABLES_IN_POLICY = { tables: 8, manifests: 4 };

/**
 * Makes a curated table in the last zone when its sources have arrived: a conditional trigger that watches the required tables' jobs, and the
 * job that it starts. The job reads the second zone by location and keeps the table's entry in the catalog: it waits for no crawler.
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * new CuratedTrigger(this, 'Curation', { catalog, curation: Curation.sellerPerformance() });
 */
export class CuratedTrigger extends Construct {
  /** The job that makes the curated table. */
  public readonly job: EtlJob;

  /** The curated table, empty until the job's first run fills it. */
  public readonly table: glue.CfnTable;

  /** The trigger that starts the job. */
  public readonly trigger: glue.CfnTrigger;

  /** Name of the curated table, without the zone's prefix. */
  public readonly tableName: string;

  /** Full name of the curated table in the catalog. */
  public readonly catalogTableName: string;

  /** How sensitive the curated table is. */
  public readonly classification: DataClassification;

  /**
   * The highest class of what the job sees.
   *
   * @internal
   */
  public readonly _clearance: DataClassification;

  private readonly _requiredTables: string[];

  constructor(scope: Construct, id: string, props: CuratedTriggerProps) {
    super(scope, id);
    requireProps(this, props, 'catalog', 'curation');
    const { catalog } = props;
    const raw = catalog.targetZone;
    const curated = catalog.lastZone;
    const { tableName, script, requiredTables, logic, job, format = TableFormat.PARQUET } = props.curation.bind();
    this.tableName = tableName;
    this._requiredTables = [...requiredTables ?? catalog.tableNames];
    validate(this.tableName, this._requiredTables, catalog);
    this.catalogTableName = catalogTableName(curated.zoneName, tableName);

    const database = catalog.databaseName(curated.zoneName);
    const target = curated.bucket.s3UrlForObject(below('tables', tableName));
    requireClass(`curated table "${tableName}"`, props.curation.bind().classification);
    const ofTables = highestOf(...this._requiredTables.map((table) => catalog._classOf(table)));
    const ofZone = ZoneClasses.of(curated);
    this.classification = highestOf(props.curation.bind().classification ?? ofTables, ofZone.ofZone);
    ofZone.add(ofTable(tableName), this.classification);
    const isClassified = props.curation.bind().classification !== undefined || ofZone.isDeclared || this.classification !== highestOf();
    const scriptArguments: ArgumentsOf<typeof RAW_TO_CURATED> = {
      table: tableName,
      source_paths: JSON.stringify(Object.fromEntries(
        this._requiredTables.map((table) => [table, raw.bucket.s3UrlForObject(below('tables', table))]))),
      target_path: target,
      target_database: database,
      target_table: this.catalogTableName,
      data_classification: isClassified ? this.classification : undefined,
    };
    this.job = new EtlJob(this, 'Job', {
      description: `Table ${this.tableName}, from ${raw.zoneName} to ${curated.zoneName}`,
      script,
      modules: catalog.modules,
      network: catalog.network,
      security: catalog.security,
      settings: catalog._jobSettings(job),
      logRetention: catalog._logRetention,
      ephemeral: catalog.ephemeral,
      managedArguments: {
        ...glueArguments(scriptArguments),
        ...glueArguments(format._jobArguments()),
        '--TempDir': curated.bucket.s3UrlForObject(`${below('staging', tableName)}temp/`),
      },
    });
    describe(this.job.job, { kind: 'curation', name: this.tableName, zone: curated.zoneName, requires: this._requiredTables });
    this._clearance = highestOf(ofTables, this.classification);
    clear(this.job.role, this._clearance);
    ofZone.writtenBy(this.job.role);
    this.grantData(catalog, isClassified);
    curated.expireReplacedVersions(below('tables', this.tableName));

    this.table = this.createTable(database, format, target);
    this.trigger = catalog.workflow.addConditionalTrigger(`Curate-${this.tableName}`, {
      jobs: this._requiredTables.map((table) => catalog.job(table)),
      logic,
      startJobs: [this.job],
    });
    catalog.crawler(curated.zoneName).excludeTable(this.tableName);
  }

  /** The tables whose jobs must have succeeded. */
  public get requiredTables(): string[] {
    return [...this._requiredTables];
  }

  /**
   * Only what never changes is in the template: CloudFormation updates a table whole, and would take back the columns and the location
   * that the job has published.
   */
  private createTable(database: string, format: TableFormat, location: string): glue.CfnTable {
    return new glue.CfnTable(this, 'Table', {
      catalogId: Stack.of(this).account,
      databaseName: database,
      tableInput: format._tableInput(this.catalogTableName, location),
    });
  }

  private grantData(catalog: ZonedGlueCatalog, isClassified: boolean): void {
    const tables = this._requiredTables;
    // Manifests tell why a table is empty.
    for (const kind of ['tables', 'manifests'] as const) {
      const prefixes = tables.length > TABLES_IN_POLICY[kind] ? [PREFIXES[kind]] : tables.map((table) => below(kind, table));
      for (const prefix of prefixes) catalog.targetZone.grantRead(this.job, { prefix });
    }
    for (const prefix of ['tables', 'staging'] as const) catalog.lastZone.grantReadWrite(this.job, { prefix: below(prefix, this.tableName) });
    if (isClassified) {
      this.job.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({
        actions: ['s3:PutObjectTagging'], resources: [catalog.lastZone.bucket.arnForObjects(`${below('tables', this.tableName)}*`)],
      }));
    }
    this.job.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({
      actions: ['glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'],
      resources: catalog.tableArns(catalog.lastZone.zoneName, [this.tableName]),
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
