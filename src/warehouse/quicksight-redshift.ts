import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CopyRole } from './copy-role';
import { QuickSightConnection, QuickSightConnectionProps, QuickSightReader } from './quicksight-connection';
import { Warehouse } from './warehouse';
import { grantReads } from './warehouse-access';
import { ProvisionedCompute, ServerlessCompute, WarehouseComputeProps, WarehouseEndpoint } from './warehouse-compute';
import { WarehouseDatabase } from './warehouse-database';
import { WarehouseLoad } from './warehouse-load';
import { admit, WarehouseNetwork } from './warehouse-network';
import { WarehouseTable } from './warehouse-table';
import { WorkgroupLimit } from './workgroup-limit';
import { ZonedGlueCatalog } from '../catalog/zoned-glue-catalog';
import { CuratedTrigger } from '../curation/curated-trigger';
import { LakeNetworkAttachment } from '../network/lake-network-attachment';
import { announceEphemeral, keyRemoval } from '../private/ephemeral';
import { requireProps } from '../private/validation';
import { CuratedSinkConfig, ICuratedSink } from '../sink/curated-sink';
import { CuratedSource } from '../sink/curated-source';
import { DeadLetterQueue } from '../zone/dead-letter-queue';

/**
 * A warehouse of a lake.
 *
 * @example
 * const network = new LakeNetwork(this, 'Network');
 * const warehouse: WarehouseOptions = {
 *   network: network.attachment(),
 *   compute: Warehouse.serverless({ usageLimit: { rpuHours: 40 } }),
 *   tables: [{ name: 'seller_performance', sortKey: ['seller_id', 'sr_id'] }],
 * };
 */
export interface WarehouseOptions {
  /**
   * The VPC and its subnets: `LakeNetwork.attachment()`, or a VPC whose subnets reach S3 through a gateway endpoint. Serverless needs three
   * subnets in three Availability Zones.
   */
  readonly network: LakeNetworkAttachment;

  /**
   * What computes.
   *
   * @default Warehouse.serverless()
   */
  readonly compute?: Warehouse;

  /**
   * The curated tables that are loaded.
   *
   * @default - all of the lake's, distributed evenly, without a sort key
   */
  readonly tables?: WarehouseTable[];

  /**
   * Name of the database: lower case letters, digits and underscores.
   *
   * @default 'lake'
   */
  readonly databaseName?: string;

  /**
   * Who may connect, such as the security group of a bastion or of a BI tool.
   *
   * @default - nobody
   */
  readonly peers?: ec2.IConnectable[];

  /**
   * Roles that may query the warehouse through the Data API, and write nothing: each is a database user that reads what was loaded. Where a table of
   * a class above the lowest is loaded, only whoever is cleared for it queries: rows in a database have no class.
   *
   * @default - none; the analysts of a lake with personas may anyway
   */
  readonly readers?: iam.IRole[];

  /**
   * Key that encrypts the warehouse and its secrets.
   *
   * @default - an own customer-managed key with rotation
   */
  readonly encryptionKey?: kms.IKey;
}

/**
 * Properties of `QuickSightRedshift`.
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * declare const vpc: ec2.IVpc;
 * const props: QuickSightRedshiftProps = { catalog: lake.catalog, curatedTables: lake.curatedTriggers, network: { vpc } };
 */
export interface QuickSightRedshiftProps extends WarehouseOptions {
  /**
   * The lake's catalog.
   *
   * @default - that of the lake which has the warehouse in its `sinks`
   */
  readonly catalog?: ZonedGlueCatalog;

  /**
   * The curated tables that there are.
   *
   * @default - those of the lake which has the warehouse in its `sinks`
   */
  readonly curatedTables?: CuratedTrigger[];

  /**
   * Where a load ends that failed.
   *
   * @default - the queue of the lake which has the warehouse in its `sinks`; with a catalog, a DeadLetterQueue of the warehouse's own
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * Whether the warehouse is deleted with its stack. Otherwise a namespace is kept, and a snapshot of a cluster.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/**
 * A Redshift warehouse: in private subnets, encrypted with a key of its own, closed to all but named peers. Curated tables are loaded into its
 * schema `lake` whenever their jobs have succeeded, each in one transaction.
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * const network = new LakeNetwork(this, 'Network');
 * new QuickSightRedshift(this, 'Warehouse', {
 *   catalog: lake.catalog,
 *   curatedTables: lake.curatedTriggers,
 *   network: network.attachment(),
 * });
 */
export class QuickSightRedshift extends Construct implements ec2.IConnectable, ICuratedSink {
  /** Who may connect, on Redshift's port. */
  public readonly connections: ec2.Connections;

  /** The key. */
  public readonly encryptionKey: kms.IKey;

  /** The role that COPY reads the curated tables under. */
  public readonly copyRole: iam.IRole;

  /** Name of the database. */
  public readonly databaseName: string;

  /** The host to connect to. */
  public readonly host: string;

  /** The port to connect to. */
  public readonly port: string;

  /** What the Redshift Data API calls the warehouse: its `WorkgroupName`, or its `ClusterIdentifier`. */
  public readonly dataApiTarget: { [name: string]: string };

  private readonly props: QuickSightRedshiftProps;
  private readonly endpoint: WarehouseEndpoint;
  private readonly quickSightParts: QuickSightConnectionProps;
  private loads?: Loads;
  private quickSight?: QuickSightConnection;

  constructor(scope: Construct, id: string, props: QuickSightRedshiftProps) {
    super(scope, id);
    requireProps(this, props, 'network');
    if (props.catalog ?? props.curatedTables) requireProps(this, props, 'catalog', 'curatedTables');
    this.props = props;
    const ephemeral = props.ephemeral ?? false;
    this.databaseName = props.databaseName ?? 'lake';
    requireDatabaseName(this.databaseName);
    for (const table of props.tables ?? []) requireDistribution(table);
    const { serverless, provisioned } = (props.compute ?? Warehouse.serverless()).bind();

    this.encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', {
      description: 'Warehouse of the data lake',
      enableKeyRotation: true,
      ...keyRemoval(ephemeral),
    });
    const network = new WarehouseNetwork(this, 'Network', props.network, serverless !== undefined);
    this.copyRole = new CopyRole(this, 'CopyRole');
    const common: WarehouseComputeProps = {
      databaseName: this.databaseName, encryptionKey: this.encryptionKey, copyRole: this.copyRole, network, ephemeral,
    };
    if (serverless) {
      this.endpoint = new ServerlessCompute(this, 'Serverless', common, serverless);
      new WorkgroupLimit(this, 'UsageLimit', this.endpoint.arn, serverless.usageLimit, ephemeral);
    } else {
      this.endpoint = new ProvisionedCompute(this, 'Provisioned', common, provisioned!);
    }
    this.quickSightParts = { network, vpc: props.network.vpc, encryptionKey: this.encryptionKey, ephemeral };
    this.host = this.endpoint.host;
    this.port = this.endpoint.port;
    this.dataApiTarget = { ...this.endpoint.target } as { [name: string]: string };
    this.connections = network.securityGroup.connections;
    for (const peer of props.peers ?? []) admit(network.securityGroup, peer, 'peer');
    this.node.addValidation({ validate: () => this.loads ? [] : [unbound(this)] });
    if (props.catalog) this.bind(this.ownSource(props.catalog, props.curatedTables!));
    if (ephemeral) announceEphemeral(this);
  }

  /**
   * Makes the loads, and the users that they and the readers need.
   *
   * @param source the curated tables
   */
  public bind(source: CuratedSource): CuratedSinkConfig {
    if (this.loads) throw new Error(`warehouse '${this.node.path}' has its tables already: give it to one lake, or name catalog and curatedTables`);
    const { databaseName, encryptionKey, endpoint, copyRole } = this;
    const { ephemeral = false, tables: wanted } = this.props;
    const curated = source.choose(this, wanted?.map(({ name }) => name));
    const tables = wanted ?? curated.map(({ tableName }) => ({ name: tableName }));
    source._grantFiles(copyRole, curated);
    const load = new WarehouseLoad(this, 'Load', { source, tables, endpoint, databaseName, copyRole, ephemeral });
    const readers = [...this.props.readers ?? [], ...source.readers];
    for (const reader of readers) grantReads(reader, endpoint, databaseName, source.classOf(curated));
    const database = new WarehouseDatabase(this, 'Database', { endpoint, databaseName, encryptionKey, loader: load.role, readers, ephemeral });
    this.loads = { load, database, tables };
    return { failedLoads: this.metricFailedLoads(), loaderErrors: this.metricLoaderErrors() };
  }

  /** The role that starts the loads. */
  public get loadRole(): iam.IRole {
    return this.bound.load.role;
  }

  /**
   * What the names of the loads' statements begin with.
   *
   * @internal
   */
  public get _statementName(): string {
    return this.bound.load.statementName;
  }

  /**
   * Lets QuickSight in as a user that reads. `ready` is there when the user is.
   *
   * @internal
   */
  public _connectQuickSight(): QuickSightReader {
    if (!this.quickSight) {
      this.quickSight = new QuickSightConnection(this, 'QuickSight', this.quickSightParts);
      this.bound.database.addReader(this.quickSight.secret);
    }
    const { connection, secret } = this.quickSight;
    return { connection, secret, ready: this.bound.database };
  }

  /**
   * The number of loads that the warehouse could not do, as EventBridge counts them.
   *
   * @param options how the metric is shown
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
   */
  public metricFailedLoads(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Events', metricName: 'TriggeredRules', dimensionsMap: { RuleName: this.bound.load.failed.ruleName }, statistic: cloudwatch.Stats.SUM, ...options,
    });
  }

  /**
   * The number of times that the function which starts the loads has failed.
   *
   * @param options how the metric is shown
   */
  public metricLoaderErrors(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.bound.load.loader.metricErrors({ statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** The tables that are loaded. */
  public get tables(): WarehouseTable[] {
    return [...this.bound.tables];
  }

  private get bound(): Loads {
    if (!this.loads) throw new Error(unbound(this));
    return this.loads;
  }

  private ownSource(catalog: ZonedGlueCatalog, curatedTables: CuratedTrigger[]): CuratedSource {
    const { deadLetterQueue, ephemeral } = this.props;
    return new CuratedSource({
      catalog, curatedTables, deadLetterQueue: deadLetterQueue ?? new DeadLetterQueue(this, 'DeadLetterQueue', { ephemeral }).queue,
    });
  }
}

/** What a warehouse has when it knows its tables. */
interface Loads {
  readonly load: WarehouseLoad;
  readonly database: WarehouseDatabase;
  readonly tables: WarehouseTable[];
}

function unbound(warehouse: Construct): string {
  return `warehouse '${warehouse.node.path}' loads nothing: give it to a lake in sinks, or name catalog and curatedTables`;
}

/** https://docs.aws.amazon.com/redshift/latest/dg/r_names.html */
function requireDatabaseName(name: string): void {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(name)) return;
  throw new Error(`databaseName "${name}" is not valid: use lower case letters, digits and underscores, a letter first, at most 63`);
}

function requireDistribution({ name, distribution, distributionKey, sortKey }: WarehouseTable): void {
  if (distributionKey !== undefined && distribution !== undefined && distribution !== 'KEY') {
    throw new Error(`table "${name}" has distributionKey "${distributionKey}" and distribution ${distribution}: leave one of the two out`);
  }
  if (distribution === 'KEY' && distributionKey === undefined) {
    throw new Error(`table "${name}" is distributed by a key: name its column in distributionKey`);
  }
  const columns = [...sortKey ?? [], ...distributionKey === undefined ? [] : [distributionKey]];
  const invalid = columns.find((column) => !/^[a-z_][a-z0-9_]{0,126}$/.test(column));
  if (invalid !== undefined) throw new Error(`table "${name}" has no column "${invalid}": use names as the catalog has them, in lower case`);
  const twice = sortKey?.find((column, index) => sortKey.indexOf(column) !== index);
  if (twice) throw new Error(`sortKey of table "${name}" has "${twice}" twice: name it once`);
}
