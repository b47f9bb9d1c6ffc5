import { Duration, IgnoreMode, Names, Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ArrivalCheck } from './arrival-check';
import { CrawlPolicy } from './crawl-policy';
import { EtlJob, JobModules } from './etl-job';
import { EtlWorkflow } from './etl-workflow';
import { GlueSecurity } from './glue-security';
import { grantTables, TableAccess } from './grants';
import { JobScript, JobScriptConfig } from './job-script';
import { JobSettings } from './job-settings';
import { mergeSettings } from './merge-settings';
import { OWN_TABLE, SharedPolicy, TABLE_TAG } from './private/shared-policy';
import { tableArns } from './private/table-arns';
import { stackErrors } from './stack-limits';
import { tableArguments } from './table-arguments';
import { sharedQuarantines, validateZones } from './validate-zones';
import { WorkflowStart } from './workflow-start';
import { ZoneCrawler } from './zone-crawler';
import { CatalogGrantOptions, ZonedGlueCatalogProps } from './zoned-glue-catalog-props';
import { requireClass } from '../access/classes';
import { DataClassification } from '../access/data-classification';
import { clear, highestOf, ofTable, ZoneClasses } from '../access/zone-classes';
import { GlueNetwork } from '../network/glue-network';
import { describe } from '../private/metadata';
import { packagePath } from '../private/paths';
import { StagedAsset } from '../private/staged-asset';
import { requireProps } from '../private/validation';
import { TableDefinition } from '../table/table-definition';
import { validateTable } from '../table/validate-table';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { below, catalogTableName, RESERVED_PREFIXES } from '../zone/layout';

/** Files of each folder that a crawl of the first zone reads: S3 bills every read of those that have gone to Glacier Instant Retrieval. */
const FILES_OF_A_CRAWL = 20;

/** What a job needs beside the table's own entry to keep its partitions. */
const PARTITION_ACTIONS = ['glue:GetPartitions', 'glue:BatchCreatePartition', 'glue:BatchUpdatePartition', 'glue:DeletePartition'];

/**
 * The catalog of a lake and the jobs that fill it: for each zone a database and a crawler, for each table a job from the first zone to the
 * second, and one workflow around them.
 *
 * A run: the start trigger, one job for each table, and beside them the first zone's crawler, if the policy asks for it. What follows is
 * added by `CuratedTrigger`.
 *
 * @example
 * declare const drop: DataLakeZone;
 * declare const raw: DataLakeZone;
 * const catalog = new ZonedGlueCatalog(this, 'Catalog', { zones: [drop, raw], tables: [{ name: 'orders' }] });
 * new CfnOutput(this, 'Raw', { value: catalog.databaseName('raw') });
 */
export class ZonedGlueCatalog extends Construct {
  /** The workflow. */
  public readonly workflow: EtlWorkflow;

  /** Encryption of logs and bookmarks. */
  public readonly security: GlueSecurity;

  /** The jobs' place in a VPC, if they have one. Jobs of your own can run there, too. */
  public readonly network?: GlueNetwork;

  /** Whether the logs and their key go with the stack. */
  public readonly ephemeral: boolean;

  private readonly chain: IDataLakeZone[];
  private readonly zones: IDataLakeZone[];
  private readonly _databases = new Map<string, glue.CfnDatabase>();
  private readonly _crawlers = new Map<string, ZoneCrawler>();
  private readonly _jobs = new Map<string, EtlJob>();
  private packagedScript?: JobScriptConfig;
  private _modules?: JobModules;
  private _tableAccess?: SharedPolicy;
  private readonly checkedTables: string[] = [];
  private readonly schemas: string[] = [];
  private hasUndeclaredTables = false;
  private isCrawledAtEnd = false;
  private isTagging = false;
  private readonly _classes = new Map<string, DataClassification>();

  constructor(scope: Construct, id: string, private readonly props: ZonedGlueCatalogProps) {
    super(scope, id);
    requireProps(this, props, 'zones');
    this.chain = [...props.zones];
    this.ephemeral = props.ephemeral ?? false;
    const zones = [...props.zones, ...props.otherZones ?? []];
    this.zones = zones;
    ZoneClasses.join(zones);
    validateZones(props.zones, zones, props.databaseNames ?? {}, (zone) => this.databaseNameFor(zone));

    this.security = new GlueSecurity(this, 'Security', { encryptionKey: props.logEncryptionKey, ephemeral: props.ephemeral });
    this.network = props.network && (props.network.jobs ?? true) ? new GlueNetwork(this, 'Network', { network: props.network }) : undefined;
    // Their policy has its place in the template: before the zones.
    if (props.tables?.length) void this.modules;
    for (const zone of zones) this.addZone(zone);

    const start = props.start ?? WorkflowStart.onNewData();
    this.workflow = new EtlWorkflow(this, 'Workflow', {
      start,
      source: this.sourceZone,
      deadLetterQueue: props.deadLetterQueue,
      maxComponents: props.maxWorkflowComponents,
    });
    this.workflow._addCrawlerIf(this.crawler(this.sourceZone.zoneName), () => this.startsWithCrawl());
    for (const table of props.tables ?? []) this.addTable(table);
    this.makeArrivalCheck(start.bind().checkInterval);
    this.node.addValidation({ validate: () => [...sharedQuarantines(this.sourceZone, this.tableNames), ...stackErrors(this, this.schemas)] });
  }

  /** The library's Python modules for jobs, for scripts that import `lake_transforms`. They are uploaded when a job is made that needs them. */
  public get modules(): JobModules {
    if (!this._modules) {
      const { bucket, objectKey } = new StagedAsset(this, 'Modules', {
        path: packagePath('glue-assets'),
        // The zip must hold the package as a folder: everything beside it is left out.
        exclude: ['*', '!lake_transforms', '!lake_transforms/**', '__pycache__', '*.pyc', 'tests'],
        ignoreMode: IgnoreMode.GIT,
      });
      this._modules = { bucket, objectKey };
      this.security._share(this._modules);
    }
    return this._modules;
  }

  /** The first zone of the chain: where table data arrives. */
  public get sourceZone(): IDataLakeZone {
    return this.chain[0];
  }

  /** The second zone of the chain: what the tables' jobs write. */
  public get targetZone(): IDataLakeZone {
    return this.chain[1];
  }

  /** The last zone of the chain. */
  public get lastZone(): IDataLakeZone {
    return this.chain[this.chain.length - 1];
  }

  /** Names of the tables, in the order in which they were added. */
  public get tableNames(): string[] {
    return [...this._jobs.keys()];
  }

  /** The tables' jobs, in the order in which they were added. */
  public get jobs(): EtlJob[] {
    return [...this._jobs.values()];
  }

  /** The crawlers, in the order of the zones. */
  public get crawlers(): ZoneCrawler[] {
    return [...this._crawlers.values()];
  }

  /** The databases, in the order of the zones. */
  public get databases(): glue.CfnDatabase[] {
    return [...this._databases.values()];
  }

  /**
   * The job of a table.
   *
   * @param table name of the table
   */
  public job(table: string): EtlJob {
    return required(this._jobs, 'table', table);
  }

  /**
   * The crawler of a zone.
   *
   * @param zone name of the zone
   */
  public crawler(zone: string): ZoneCrawler {
    return required(this._crawlers, 'zone', zone);
  }

  /**
   * The database of a zone.
   *
   * @param zone name of the zone
   */
  public database(zone: string): glue.CfnDatabase {
    return required(this._databases, 'zone', zone);
  }

  /**
   * Name of the database of a zone.
   *
   * @param zone name of the zone
   */
  public databaseName(zone: string): string {
    return this.database(zone).ref;
  }

  /**
   * Adds a batch table and its job.
   *
   * @param table the table
   */
  public addTable(table: TableDefinition): EtlJob {
    validateTable(table, this.tableNames);
    const { name } = table;
    const from = this.sourceZone;
    const to = this.targetZone;
    const sourceDatabase = this.databaseName(from.zoneName);
    const sourceTable = catalogTableName(from.zoneName, name);
    const targetDatabase = this.databaseName(to.zoneName);
    const targetTable = catalogTableName(to.zoneName, name);
    const classification = this.classify(table);
    const compaction = table.compaction ?? this.props.compaction;

    const job = new EtlJob(this, `Table-${name}`, {
      description: `Table ${name}, from ${from.zoneName} to ${to.zoneName}`,
      script: table.script ?? this.dropToRaw(),
      modules: this.modules,
      security: this.security,
      settings: mergeSettings(this.props.jobDefaults, table.job),
      logRetention: this.props.logRetention,
      ephemeral: this.ephemeral,
      managedArguments: tableArguments({ table, from, to, sourceDatabase, sourceTable, targetDatabase, targetTable, classification, compaction }),
      network: this.network,
    });
    describe(job.job, { kind: 'table', name, from: from.zoneName, to: to.zoneName, ...classification && { classification } });

    this.tableAccess().attachTo(job.role);
    (job.role.node.defaultChild as iam.CfnRole).tags.setTag(TABLE_TAG, name);
    if (table.partitionColumns?.length) {
      const resources = this.tableArns(to.zoneName, [name]);
      job.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({ actions: PARTITION_ACTIONS, resources }));
    }

    if (classification) {
      clear(job.role, classification);
      this.allowTagging();
    }
    this._jobs.set(name, job);
    this.schemas.push(JSON.stringify(table.schema ?? {}));
    this.crawler(to.zoneName).excludeTable(name);
    if (table.schema) this.crawler(from.zoneName).excludeTable(name);
    this.hasUndeclaredTables ||= !table.schema;
    if (!table.script) this.checkedTables.push(name);
    this.startJob(job, table);
    return job;
  }

  /**
   * Ends the workflow with the second zone's crawler, after all of the tables' jobs so far. With `CrawlPolicy.ALWAYS` the workflow ends so by
   * itself.
   */
  public crawlAfterJobs(): glue.CfnTrigger {
    const zone = this.targetZone.zoneName;
    if (!this.jobs.length) throw new Error('the catalog has no tables: add tables before crawlAfterJobs');
    if (this.isCrawledAtEnd) throw new Error(`crawler of zone "${zone}" is started by the workflow already: call crawlAfterJobs once, and not with CrawlPolicy.ALWAYS`);
    this.isCrawledAtEnd = true;
    return this.workflow.addConditionalTrigger('AfterJobs', { jobs: this.jobs, startCrawlers: [this.crawler(zone)] });
  }

  /**
   * Lets a principal read tables: their data, and their entries in the catalog.
   *
   * @param grantee who may read
   * @param options zones and tables; everything when left out
   */
  public grantRead(grantee: iam.IGrantable, options: CatalogGrantOptions = {}): iam.Grant {
    return this.grant(grantee, options, { read: true, write: false });
  }

  /**
   * Lets a principal write and delete tables: their data, and their entries in the catalog.
   *
   * @param grantee who may write
   * @param options zones and tables; everything when left out
   */
  public grantWrite(grantee: iam.IGrantable, options: CatalogGrantOptions = {}): iam.Grant {
    return this.grant(grantee, options, { read: false, write: true });
  }

  /**
   * Lets a principal read, write and delete tables: their data, and their entries in the catalog.
   *
   * @param grantee who may read and write
   * @param options zones and tables; everything when left out
   */
  public grantReadWrite(grantee: iam.IGrantable, options: CatalogGrantOptions = {}): iam.Grant {
    return this.grant(grantee, options, { read: true, write: true });
  }

  /**
   * Returns the ARNs that a policy needs to reach tables of a zone: the catalog's, the database's and the tables' own.
   *
   * @param zone name of the zone
   * @param tables names of the tables, without the zone's prefix
   */
  public tableArns(zone: string, tables: string[]): string[] {
    return tableArns(this, this.databaseName(zone), tables.map((table) => catalogTableName(zone, table)));
  }

  /**
   * What the names of all databases match, and of no other's; none where names were given.
   *
   * @internal
   */
  public get _databasePattern(): string | undefined {
    return this.props.databaseNames ? undefined : `${this.databasePrefix}*`;
  }

  /**
   * Whether data goes through a zone, from the first to the last.
   *
   * @internal
   */
  public _isInChain(zone: IDataLakeZone): boolean {
    return this.chain.includes(zone);
  }

  /**
   * How sensitive a table is.
   *
   * @internal
   */
  public _classOf(table: string): DataClassification {
    return required(this._classes, 'table', table);
  }

  /**
   * Settings of a job of this catalog.
   *
   * @internal
   */
  public _jobSettings(own?: JobSettings): JobSettings {
    return mergeSettings(this.props.jobDefaults, own);
  }

  /**
   * How long logs are kept.
   *
   * @internal
   */
  public get _logRetention(): logs.RetentionDays | undefined {
    return this.props.logRetention;
  }

  /** A script of the user's own may ask the catalog for the columns that a crawl finds; the library's finds them itself, and waits for none. */
  private startJob(job: EtlJob, { schema, script }: TableDefinition): void {
    if (script && !schema && this.policy !== CrawlPolicy.NEVER) this.workflow.addJobAfter(this.crawler(this.sourceZone.zoneName), job);
    else this.workflow.addJob(job);
    if (this.policy === CrawlPolicy.ALWAYS && !this.isCrawledAtEnd) {
      this.isCrawledAtEnd = true;
      this.workflow._endWith([...new Set([this.targetZone, this.lastZone])].map(({ zoneName }) => this.crawler(zoneName)));
    }
  }

  /** Gives a table's data its class, wherever it lies; returns none where nothing is declared. */
  private classify({ name, classification }: TableDefinition): DataClassification | undefined {
    requireClass(`table "${name}"`, classification);
    const zones = [this.sourceZone, this.targetZone].map((zone) => ZoneClasses.of(zone));
    const found = highestOf(classification, ...zones.map(({ ofZone }) => ofZone));
    for (const zone of zones) zone.add(ofTable(name), found);
    this._classes.set(name, found);
    return classification || zones.some(({ isDeclared }) => isDeclared) ? found : undefined;
  }

  /** Tables' jobs tag what they write. */
  private allowTagging(): void {
    if (this.isTagging) return;
    this.isTagging = true;
    const [from, to] = this.chain;
    this.tableAccess().allow(['s3:PutObjectTagging'], [
      from.bucket.arnForObjects(`${below('quarantine', OWN_TABLE)}*`),
      ...(['tables', 'staging', 'manifests'] as const).map((prefix) => to.bucket.arnForObjects(`${below(prefix, OWN_TABLE)}*`)),
    ]);
  }

  /** What a table's job may do with its own table, which its role's tag names. */
  private tableAccess(): SharedPolicy {
    if (this._tableAccess) return this._tableAccess;
    const [from, to] = this.chain;
    const access = new SharedPolicy(this, 'TablePolicy', `Each table's job, from ${from.zoneName} to ${to.zoneName}`, {
      finding: new RegExp(`^Resource::.+/(${RESERVED_PREFIXES.join('|')})[$]?[<{]!?aws:PrincipalTag/${TABLE_TAG}[>}]/\\*$`),
      reason: 'It works on all objects of its own table, and of no other.',
    });
    from.grantRead(access.grantee, { prefix: below('tables', OWN_TABLE) });
    from.grantReadWrite(access.grantee, { prefix: below('quarantine', OWN_TABLE) });
    for (const prefix of ['tables', 'staging', 'manifests'] as const) to.grantReadWrite(access.grantee, { prefix: below(prefix, OWN_TABLE) });
    access.allow(['glue:GetTable'], this.tableArns(from.zoneName, [OWN_TABLE]));
    access.allow(['glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'], this.tableArns(to.zoneName, [OWN_TABLE]));
    this._tableAccess = access;
    return access;
  }

  private makeArrivalCheck(interval?: Duration): void {
    if (!interval) return;
    new ArrivalCheck(this, 'ArrivalCheck', {
      interval,
      source: this.sourceZone,
      target: this.targetZone,
      workflowName: this.workflow.workflowName,
      tables: () => this.checkedTables,
      logRetention: this.props.logRetention,
      ephemeral: this.ephemeral,
    });
  }

  private get policy(): CrawlPolicy {
    return this.props.crawl ?? CrawlPolicy.WHEN_NEEDED;
  }

  private startsWithCrawl(): boolean {
    if (this.policy === CrawlPolicy.WHEN_NEEDED) return this.hasUndeclaredTables || !this.jobs.length;
    return this.policy === CrawlPolicy.ALWAYS;
  }

  private grant(grantee: iam.IGrantable, { zones, tables }: CatalogGrantOptions, access: TableAccess): iam.Grant {
    if (zones?.length === 0) throw new Error('zones of a grant is empty: name at least one zone, or leave zones out for all of them');
    if (tables?.length === 0) throw new Error('tables of a grant is empty: name at least one table, or leave tables out for all of them');
    const grants = (zones ?? [...this._databases.keys()]).map((name) => {
      const databaseName = this.databaseName(name);
      const zone = this.zones.find(({ zoneName }) => zoneName === name)!;
      return grantTables(grantee, { scope: this, zone, databaseName, tables }, access);
    });
    return grants.reduce((all, grant) => all.combine(grant));
  }

  private addZone(zone: IDataLakeZone): void {
    const { zoneName } = zone;
    const { lakeFormation } = this.props;
    const database = new glue.CfnDatabase(this, `Database-${zoneName}`, {
      catalogId: Stack.of(this).account,
      databaseInput: {
        name: this.databaseNameFor(zoneName),
        description: `Zone ${zoneName}`,
        createTableDefaultPermissions: lakeFormation?._newTables(),
      },
    });
    lakeFormation?._grantDatabase(database);
    describe(database, { kind: 'database', zone: zoneName });
    this._databases.set(zoneName, database);
    this._crawlers.set(zoneName, new ZoneCrawler(this, `Crawler-${zoneName}`, {
      zone,
      databaseName: database.ref,
      security: this.security,
      sampleSize: zone === this.sourceZone ? FILES_OF_A_CRAWL : undefined,
      logRetention: this.props.logRetention,
      ephemeral: this.ephemeral,
    }));
  }

  private databaseNameFor(zoneName: string): string {
    const given = this.props.databaseNames?.[zoneName];
    return given ?? `${this.databasePrefix}${zoneName}`.toLowerCase().replace(/-/g, '_');
  }

  private get databasePrefix(): string {
    return `${Names.uniqueResourceName(this, { maxLength: 150, separator: '_', allowedSpecialCharacters: '_' })}_`.toLowerCase().replace(/-/g, '_');
  }

  private dropToRaw(): JobScript {
    if (!this.packagedScript) {
      this.packagedScript = JobScript.fromAsset(packagePath('glue-assets', 'jobs', 'drop_to_raw.py')).bind(new Construct(this, 'DropToRaw'));
      this.security._share(this.packagedScript);
    }
    return JobScript.fromBucket(this.packagedScript.bucket, this.packagedScript.objectKey);
  }
}

function required<T>(map: Map<string, T>, what: string, name: string): T {
  const found = map.get(name);
  if (!found) throw new Error(`${what} "${name}" is not in the catalog: use one of ${[...map.keys()].join(', ') || '(none)'}`);
  return found;
}
