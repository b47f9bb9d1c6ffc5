import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PersonaRoles } from './access/persona-roles';
import { Persona } from './access/personas';
import { ZoneClasses } from './access/zone-classes';
import { LakeAudit } from './audit/lake-audit';
import { LakeMonitoring } from './audit/lake-monitoring';
import { SensitiveDataDiscovery } from './audit/sensitive-data-discovery';
import { ZonedGlueCatalog } from './catalog/zoned-glue-catalog';
import { CuratedTrigger } from './curation/curated-trigger';
import { Curation } from './curation/curation';
import { QuickSightDashboard } from './dashboard/quicksight-dashboard';
import { DataLakeAcceleratorProps, LakeGrantOptions, ZoneDefinition } from './data-lake-accelerator-props';
import { IPythonLayers, PythonLayers } from './layers/python-layers';
import { announceEphemeral } from './private/ephemeral';
import { requireProps } from './private/validation';
import { AthenaWorkgroup } from './query/athena-workgroup';
import { ICuratedSink } from './sink/curated-sink';
import { CuratedSource } from './sink/curated-source';
import { TableDefinition } from './table/table-definition';
import { QuickSightRedshift } from './warehouse/quicksight-redshift';
import { AccessLogBucket } from './zone/access-log-bucket';
import { DataLakeZone, ZoneGrantOptions } from './zone/data-lake-zone';
import { DeadLetterQueue } from './zone/dead-letter-queue';

/** The default lake. */
const DEFAULT_ZONES: ZoneDefinition[] = [{ name: 'drop' }, { name: 'raw' }, { name: 'curated' }, { name: 'sandbox', standalone: true }];

/**
 * A data lake: zones with their streams, a catalog with a job for each table, curated tables on request, and a workgroup to query them all.
 *
 * The way of the data: CSV files under `tables/<table>/` of the first zone start the workflow (one Glue job a table, curated jobs, and a
 * crawler while a table has no schema); files under a stream's prefix start the stream's Lambda at once. What cannot be read lands in
 * `quarantine/` of the zone where it arrived, with the reason; what keeps failing, in the one dead-letter queue.
 *
 * It creates no resource itself: each part is a construct of this library, reachable as an attribute, and usable without this one.
 *
 * @example
 * new DataLakeAccelerator(this, 'Lake', {
 *   tables: [{ name: 'orders', schema: { order_id: 'string', price: 'double' } }],
 * });
 */
export class DataLakeAccelerator extends Construct {
  /** The bucket of access logs. */
  public readonly accessLogBucket: AccessLogBucket;

  /** Where everything ends that could not be processed. */
  public readonly deadLetterQueue: DeadLetterQueue;

  /** Databases, crawlers, jobs and the workflow. */
  public readonly catalog: ZonedGlueCatalog;

  /** The curated table, if the lake has one; the first of several. */
  public readonly curatedTrigger?: CuratedTrigger;

  /** The Athena workgroup. */
  public readonly workgroup: AthenaWorkgroup;

  /** Alarms and dashboard, if the lake has them. Tables and streams added later are watched with its `addJob` and `addStream`. */
  public readonly monitoring?: LakeMonitoring;

  /** The trail and its alarms, if the lake has them. Its alarms go to the topic of the monitoring, if there is one and no other was given. */
  public readonly audit?: LakeAudit;

  /** The roles by job function, if the lake has them. */
  public readonly personas?: PersonaRoles;

  /** Macie's weekly job, if the lake has one. */
  public readonly sensitiveData?: SensitiveDataDiscovery;

  /** The warehouse, if the lake has one. */
  public readonly warehouse?: QuickSightRedshift;

  /** The QuickSight dashboard, if the lake has one. */
  public readonly dashboard?: QuickSightDashboard;

  private readonly _zones: DataLakeZone[];
  private readonly _curatedTriggers: CuratedTrigger[];
  private _layers?: IPythonLayers;

  constructor(scope: Construct, id: string, props: DataLakeAcceleratorProps) {
    super(scope, id);
    requireProps(this, props, 'tables');
    const { ephemeral } = props;
    const definitions = props.zones ?? DEFAULT_ZONES;
    validate(props.tables, definitions);

    this.accessLogBucket = new AccessLogBucket(this, 'AccessLogs', { ephemeral });
    this.deadLetterQueue = new DeadLetterQueue(this, 'DeadLetterQueue', { ephemeral });
    this._layers = props.layers;
    this._zones = this.makeZones(definitions, props);

    const standalone = new Set(definitions.filter((zone) => zone.standalone).map(({ name }) => name));
    this.catalog = new ZonedGlueCatalog(this, 'Catalog', {
      zones: this._zones.filter(({ zoneName }) => !standalone.has(zoneName)),
      otherZones: this._zones.filter(({ zoneName }) => standalone.has(zoneName)),
      tables: props.tables,
      start: props.start,
      crawl: props.crawl,
      compaction: props.compaction,
      jobDefaults: props.jobDefaults,
      network: props.network,
      lakeFormation: props.lakeFormation,
      logEncryptionKey: props.logEncryptionKey,
      logRetention: props.logRetention,
      deadLetterQueue: this.deadLetterQueue.queue,
      maxWorkflowComponents: props.maxWorkflowComponents,
      ephemeral,
    });
    this._curatedTriggers = curationsOf(props).map((curation, index) =>
      new CuratedTrigger(this, index === 0 ? 'Curation' : `Curation-${curation.tableName}`, { catalog: this.catalog, curation }));
    [this.curatedTrigger] = this._curatedTriggers;
    this.workgroup = new AthenaWorkgroup(this, 'Workgroup', { ...props.workgroup, accessLogBucket: this.accessLogBucket.bucket, ephemeral });
    this.monitoring = props.monitoring && new LakeMonitoring(this, 'Monitoring', {
      ...props.monitoring,
      zones: this._zones,
      deadLetterQueue: this.deadLetterQueue.queue,
      catalog: this.catalog,
      jobs: this._curatedTriggers.map(({ job }) => job),
      ephemeral,
    });
    this.audit = props.audit && new LakeAudit(this, 'Audit', {
      topic: props.audit.emails ? undefined : this.monitoring?.topic,
      ...props.audit,
      logsOptions: props.audit.logs ? props.audit.logsOptions : { accessLogBucket: this.accessLogBucket.bucket, ...props.audit.logsOptions },
      buckets: [...this._zones.map(({ bucket }) => bucket), this.workgroup.resultsBucket],
      ephemeral,
    });
    this.personas = props.personas && new PersonaRoles(this, 'Personas', {
      ...props.personas,
      zones: this._zones,
      catalog: this.catalog,
      workgroup: this.workgroup,
      deadLetterQueue: this.deadLetterQueue.queue,
      curatedTriggers: this._curatedTriggers,
      ephemeral,
    });
    this.sensitiveData = props.sensitiveData && new SensitiveDataDiscovery(this, 'SensitiveData', {
      ...props.sensitiveData, zones: this._zones, topic: this.monitoring?.alarmTopic, ephemeral,
    });
    const source = new CuratedSource({
      catalog: this.catalog,
      curatedTables: this._curatedTriggers,
      deadLetterQueue: this.deadLetterQueue.queue,
      readers: this.sinkReaders(props),
      accessLogBucket: this.accessLogBucket.bucket,
    });
    this.warehouse = this.makeWarehouse(source, props);
    this.dashboard = props.dashboard && new QuickSightDashboard(this, 'Dashboard', {
      ...props.dashboard,
      catalog: this.catalog,
      curatedTables: this._curatedTriggers,
      workgroup: this.workgroup,
      warehouse: this.warehouse,
      ephemeral,
    });
    this.connectSinks(source, props.sinks);
    if (ephemeral) announceEphemeral(this);
  }

  /** The numpy and pandas layers: made when the first function needs them. */
  public get layers(): IPythonLayers {
    this._layers ??= new PythonLayers(this, 'Layers');
    return this._layers;
  }

  /** The zones, in the order in which they were given. */
  public get zones(): DataLakeZone[] {
    return [...this._zones];
  }

  /** The curated tables, in the order in which they were given. */
  public get curatedTriggers(): CuratedTrigger[] {
    return [...this._curatedTriggers];
  }

  /**
   * Lets a principal query tables: read their data and their entries in the catalog, and run queries in the workgroup. With a prefix: read
   * the objects below it, and no more.
   *
   * @param grantee who may read
   * @param options zones, and tables or a prefix; every table when left out
   */
  public grantRead(grantee: iam.IGrantable, options: LakeGrantOptions = {}): iam.Grant {
    if (options.prefix !== undefined) return this.grantObjects(options, (zone, zoneOptions) => zone.grantRead(grantee, zoneOptions));
    return this.catalog.grantRead(grantee, options).combine(this.workgroup.grantRead(grantee, { browse: options.browse }));
  }

  /**
   * Lets a principal write and delete tables: their data and their entries in the catalog. With a prefix: the objects below it, and no more.
   *
   * @param grantee who may write
   * @param options zones, and tables or a prefix; every table when left out
   */
  public grantWrite(grantee: iam.IGrantable, options: LakeGrantOptions = {}): iam.Grant {
    if (options.prefix !== undefined) return this.grantObjects(options, (zone, zoneOptions) => zone.grantWrite(grantee, zoneOptions));
    return this.catalog.grantWrite(grantee, options);
  }

  /**
   * Lets a principal query, write and delete tables: their data and their entries in the catalog. With a prefix: read and write the objects
   * below it, and no more.
   *
   * @param grantee who may read and write
   * @param options zones, and tables or a prefix; every table when left out
   */
  public grantReadWrite(grantee: iam.IGrantable, options: LakeGrantOptions = {}): iam.Grant {
    if (options.prefix !== undefined) return this.grantObjects(options, (zone, zoneOptions) => zone.grantReadWrite(grantee, zoneOptions));
    return this.catalog.grantReadWrite(grantee, options).combine(this.workgroup.grantRead(grantee, { browse: options.browse }));
  }

  /**
   * A zone by its name.
   *
   * @param name name of the zone
   */
  public zone(name: string): DataLakeZone {
    const found = this._zones.find(({ zoneName }) => zoneName === name);
    if (!found) throw new Error(`zone "${name}" is not in the lake: use one of ${this._zones.map(({ zoneName }) => zoneName).join(', ')}`);
    return found;
  }

  /** From the last to the first, because each needs its next. */
  private makeZones(definitions: ZoneDefinition[], { network, ephemeral }: DataLakeAcceleratorProps): DataLakeZone[] {
    const lake = this;
    const layers: IPythonLayers = {
      get runtime() { return lake.layers.runtime; },
      get architecture() { return lake.layers.architecture; },
      get layers() { return lake.layers.layers; },
    };
    // Zones are counted along the chain, those outside it after them: the first of the chain is 0 wherever the list has it.
    const counted = [...definitions.filter(({ standalone }) => !standalone), ...definitions.filter(({ standalone }) => standalone)];
    let nextZone: DataLakeZone | undefined;
    return [...definitions].reverse().map((definition) => {
      const zone = new DataLakeZone(this, `Zone-${definition.name}`, {
        zoneName: definition.name,
        index: counted.indexOf(definition),
        nextZone: definition.standalone ? undefined : nextZone,
        classification: definition.classification,
        refuseUntagged: definition.refuseUntagged,
        classesGuardedElsewhere: definition.classesGuardedElsewhere,
        dataStreams: definition.dataStreams,
        lifecycle: definition.lifecycle,
        bucket: definition.bucket,
        encryptionKey: definition.encryptionKey,
        deadLetterQueue: this.deadLetterQueue.queue,
        accessLogBucket: this.accessLogBucket.bucket,
        layers,
        network,
        ephemeral,
      });
      if (!definition.standalone) nextZone = zone;
      return zone;
    }).reverse();
  }

  /** Who reads what sinks load: analysts, where they have a role. */
  private sinkReaders({ personas }: DataLakeAcceleratorProps): iam.IRole[] {
    return personas?.trust ? [this.personas!.role(Persona.ANALYST)] : [];
  }

  private makeWarehouse(source: CuratedSource, { warehouse: options, ephemeral }: DataLakeAcceleratorProps): QuickSightRedshift | undefined {
    if (!options) return undefined;
    const warehouse = new QuickSightRedshift(this, 'Warehouse', { ...options, ephemeral });
    warehouse.bind(source);
    return warehouse;
  }

  private connectSinks(source: CuratedSource, sinks: ICuratedSink[] = []): void {
    if (this.warehouse) {
      this.monitoring?.addWarehouse(this.warehouse);
      // COPY reads the curated tables.
      ZoneClasses.of(this.catalog.lastZone).readBy(this.warehouse.copyRole);
    }
    for (const sink of sinks) {
      const config = sink.bind(source);
      this.monitoring?.addSink(sink, config);
    }
  }

  private grantObjects(options: LakeGrantOptions, grant: (zone: DataLakeZone, options: ZoneGrantOptions) => iam.Grant): iam.Grant {
    const { prefix, tables, zones, browse } = options;
    if (browse) throw new Error(`a grant of the prefix '${prefix}' gives no tables to browse: leave browse out, or prefix`);
    if (tables) throw new Error(`a grant names both tables ${tables.join(', ')} and the prefix '${prefix}': give one of the two`);
    if (zones?.length === 0) throw new Error('zones of a grant is empty: name at least one zone, or leave zones out for all of them');
    const found = zones?.map((name) => this.zone(name)) ?? this._zones;
    return found.map((zone) => grant(zone, { prefix })).reduce((all, one) => all.combine(one));
  }
}

/** Returns the curated tables that the props ask for. */
function curationsOf({ curation, curations }: DataLakeAcceleratorProps): Curation[] {
  if (curation && curations) throw new Error('the lake has both curation and curations: put all curated tables into curations');
  const found = curations ?? (curation ? [curation] : []);
  const names = found.map(({ tableName }) => tableName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`curated table "${twice}" is defined twice: give each curated table its own name`);
  return found;
}

function validate(tables: TableDefinition[], zones: ZoneDefinition[]): void {
  if (!tables.length) throw new Error('the lake has no tables: give at least one in tables');
  const chain = zones.filter(({ standalone }) => !standalone);
  if (chain.length < 2) {
    throw new Error(`the lake has ${chain.length} zones in its chain: give at least two that are not standalone, tables go from the first to the second`);
  }
  const names = zones.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`zone "${twice}" is defined twice: give each zone its own name`);
}
