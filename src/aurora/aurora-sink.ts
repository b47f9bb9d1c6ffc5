import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuroraCapacity, scalingOf } from './aurora-capacity';
import { AuroraCluster } from './aurora-cluster';
import { AuroraLoad } from './aurora-load';
import { AuroraNetwork } from './aurora-network';
import { DataClassification } from '../access/data-classification';
import { CuratedTrigger } from '../curation/curated-trigger';
import { LakeNetworkAttachment } from '../network/lake-network-attachment';
import { announceEphemeral, keyRemoval, removalPolicy } from '../private/ephemeral';
import { acknowledge } from '../private/nag';
import { requireProps } from '../private/validation';
import { CuratedSinkConfig, ICuratedSink } from '../sink/curated-sink';
import { CuratedSource, onlyCleared } from '../sink/curated-source';

/**
 * Properties of `AuroraSink`.
 *
 * @example
 * const network = new LakeNetwork(this, 'Network');
 * const props: AuroraSinkProps = { network: network.attachment(), tables: ['daily_sales'], capacity: { maxAcu: 8 } };
 */
export interface AuroraSinkProps {
  /**
   * The VPC and its subnets, in two Availability Zones: `LakeNetwork.attachment()`, or a VPC whose subnets reach S3 through a gateway endpoint.
   */
  readonly network: LakeNetworkAttachment;

  /**
   * Names of the curated tables that are loaded.
   *
   * @default - all of the lake's
   */
  readonly tables?: string[];

  /**
   * How much it computes.
   *
   * @default - nothing while nobody is connected, at most 4 ACU
   */
  readonly capacity?: AuroraCapacity;

  /**
   * Version of Aurora PostgreSQL: 15.7, 16.3 or later, which pause.
   *
   * @default '16.13'
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
   */
  readonly engineVersion?: string;

  /**
   * Name of the database: lower case letters, digits and underscores.
   *
   * @default 'lake'
   */
  readonly databaseName?: string;

  /**
   * Who may connect, such as the security group of an application.
   *
   * @default - nobody
   */
  readonly peers?: ec2.IConnectable[];

  /**
   * Roles that may query the database through the RDS Data API as the user `lake_reader`, who writes nothing. Where a table of a class above the
   * lowest is loaded, only whoever is cleared for it queries.
   *
   * @default - none; the analysts of a lake with personas may anyway
   */
  readonly readers?: iam.IRole[];

  /**
   * Key that encrypts the database, its secrets and the exports.
   *
   * @default - an own customer-managed key with rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether the database is deleted with its stack. Otherwise it is protected from deletion, and a snapshot is what is left of it.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html: the first minor version that pauses. */
const FIRST_MINOR: Readonly<Record<number, number>> = { 15: 7, 16: 3 };
const OLDEST_MAJOR = 15;

/**
 * An Aurora PostgreSQL database, serverless, in private subnets, encrypted with a key of its own, closed to all but named peers. Curated tables are
 * loaded into its schema `lake` whenever their jobs have succeeded, each in one transaction.
 *
 * @example
 * const network = new LakeNetwork(this, 'Network');
 * const database = new AuroraSink(this, 'Database', { network: network.attachment(), tables: ['seller_performance'] });
 * new DataLakeAccelerator(this, 'Lake', {
 *   tables: [{ name: 'order_items' }, { name: 'order_reviews' }, { name: 'closed_deals' }],
 *   curation: Curation.sellerPerformance(),
 *   sinks: [database],
 * });
 */
export class AuroraSink extends Construct implements ec2.IConnectable, ICuratedSink {
  /** The cluster. */
  public readonly cluster: rds.CfnDBCluster;

  /** Who may connect, on PostgreSQL's port. */
  public readonly connections: ec2.Connections;

  /** The key. */
  public readonly encryptionKey: kms.IKey;

  /** The role that the database reads the exports of the tables under. */
  public readonly importRole: iam.IRole;

  /** Name and password of `lake_reader`, the database user who reads what is loaded, and is there after the first load. */
  public readonly readerSecret: secretsmanager.ISecret;

  /** ARN of the cluster: the RDS Data API's `resourceArn`. */
  public readonly clusterArn: string;

  /** Name of the database. */
  public readonly databaseName: string;

  /** The host to connect to. */
  public readonly host: string;

  /** The port to connect to. */
  public readonly port: string;

  private readonly props: AuroraSinkProps;
  private readonly database: AuroraCluster;
  private loaded?: Loaded;

  constructor(scope: Construct, id: string, props: AuroraSinkProps) {
    super(scope, id);
    requireProps(this, props, 'network');
    this.props = props;
    const ephemeral = props.ephemeral ?? false;
    this.databaseName = props.databaseName ?? 'lake';
    const engineVersion = props.engineVersion ?? '16.13';
    requireDatabaseName(this.databaseName);
    requireVersion(engineVersion);
    const scaling = scalingOf(props.capacity);

    const encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', {
      description: 'Aurora database of the data lake', enableKeyRotation: true, ...keyRemoval(ephemeral),
    });
    const network = new AuroraNetwork(this, 'Network', props.network);
    const importRole = new iam.Role(this, 'ImportRole', {
      description: 'Imports exports of curated tables into Aurora',
      // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_PostgreSQL.S3Import.ARNRole.html
      assumedBy: new iam.ServicePrincipal('rds.amazonaws.com'),
    });
    this.database = new AuroraCluster(this, 'Aurora', {
      databaseName: this.databaseName, engineVersion, scaling, encryptionKey, importRole, network, ephemeral,
    });
    const readerSecret = new secretsmanager.Secret(this, 'Reader', {
      description: 'Database user who reads what is loaded into Aurora',
      encryptionKey,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: 'lake_reader' }), generateStringKey: 'password', passwordLength: 32, excludePunctuation: true,
      },
      removalPolicy: removalPolicy(ephemeral),
    });
    acknowledge(readerSecret, { 'AwsSolutions-SMG4': 'Each load gives the user the password of the secret: a new one holds from the next load on.' });

    this.encryptionKey = encryptionKey;
    this.importRole = importRole;
    this.readerSecret = readerSecret;
    this.cluster = this.database.cluster;
    this.clusterArn = this.database.arn;
    this.host = this.database.host;
    this.port = this.database.port;
    this.connections = network.securityGroup.connections;
    for (const peer of props.peers ?? []) network.admit(peer);
    this.node.addValidation({ validate: () => this.loaded ? [] : [unbound(this)] });
    if (ephemeral) announceEphemeral(this);
  }

  /**
   * Makes what loads the tables, and lets the readers in.
   *
   * @param source the curated tables
   */
  public bind(source: CuratedSource): CuratedSinkConfig {
    if (this.loaded) throw new Error(`sink '${this.node.path}' has its tables already: give it to one lake`);
    const tables = source.choose(this, this.props.tables);
    const load = new AuroraLoad(this, 'Load', {
      source,
      tables,
      cluster: this.database,
      databaseName: this.databaseName,
      encryptionKey: this.encryptionKey,
      importRole: this.importRole as iam.Role,
      readerSecret: this.readerSecret,
      ephemeral: this.props.ephemeral ?? false,
    });
    // Secrets Manager decrypts with the right of who asks.
    this.encryptionKey.grant(load.role, 'kms:Decrypt');
    this.loaded = { load, tables, highest: source.classOf(tables) };
    for (const reader of [...this.props.readers ?? [], ...source.readers]) this.grantRead(reader);
    return { loaderErrors: load.loader.metricErrors({ statistic: 'Sum' }) };
  }

  /** Names of the tables that are loaded. */
  public get tables(): string[] {
    return this.bound.tables.map(({ tableName }) => tableName);
  }

  /** The role that loads. */
  public get loadRole(): iam.IRole {
    return this.bound.load.role;
  }

  /**
   * Lets a role query the database through the RDS Data API, as a user who writes nothing, once the database is a lake's. A database knows no classes
   * of rows: whoever reads must be cleared for the highest class in it.
   *
   * @param reader the role
   */
  public grantRead(reader: iam.IRole): void {
    const statements = [
      new iam.PolicyStatement({ actions: ['rds-data:ExecuteStatement', 'rds-data:BatchExecuteStatement'], resources: [this.clusterArn] }),
      new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [this.readerSecret.secretArn] }),
    ];
    onlyCleared(statements, this.bound.highest);
    for (const statement of statements) reader.addToPrincipalPolicy(statement);
    this.encryptionKey.grant(reader, 'kms:Decrypt');
  }

  private get bound(): Loaded {
    if (!this.loaded) throw new Error(unbound(this));
    return this.loaded;
  }
}

/** What a database has when it knows its tables. */
interface Loaded {
  readonly load: AuroraLoad;
  readonly tables: CuratedTrigger[];
  readonly highest: DataClassification;
}

function unbound(sink: Construct): string {
  return `sink '${sink.node.path}' loads nothing: give it to a lake in sinks`;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html */
function requireDatabaseName(name: string): void {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(name) && !['postgres', 'rdsadmin', 'template0', 'template1'].includes(name)) return;
  throw new Error(`databaseName "${name}" is not valid: use lower case letters, digits and underscores, a letter first, at most 63, and no name of PostgreSQL's own`);
}

function requireVersion(version: string): void {
  const [major, minor] = /^(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number) ?? [0, 0];
  if (major >= OLDEST_MAJOR && minor >= (FIRST_MINOR[major] ?? 0)) return;
  throw new Error(`engineVersion "${version}" does not pause while nobody is connected, or is not known: use 15.7, 16.3 or later`);
}
