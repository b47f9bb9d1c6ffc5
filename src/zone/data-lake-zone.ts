import { Lazy, aws_iam as iam, aws_kms as kms, aws_s3 as s3, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import { AccessLogBucket } from './access-log-bucket';
import { DataStream, DataStreamDefinition, DataStreamOptions } from './data-stream';
import { DeadLetterQueue } from './dead-letter-queue';
import { ZoneLifecycle } from './lifecycle';
import { renderLifecycle, validateLifecycle, warnOfArchives, warnOfExpiringRuns } from './lifecycle-rules';
import { requireClass } from '../access/classes';
import { DataClassification } from '../access/data-classification';
import { ZoneClasses } from '../access/zone-classes';
import { IPythonLayers, PythonLayers } from '../layers/python-layers';
import { LakeNetworkAttachment } from '../network/lake-network-attachment';
import { Placement, attachedSubnets, place } from '../network/placement';
import { BucketEvents } from '../private/bucket-events';
import { closedBy } from '../private/closed-bucket';
import { announceEphemeral, bucketRemoval, keepPolicy, keyRemoval } from '../private/ephemeral';
import { grantObjects } from '../private/grants';
import { describe } from '../private/metadata';
import { requireName, requirePrefix, requireProps, requireRange, requireSameKey } from '../private/validation';

/**
 * What a grant on a zone is for.
 *
 * @example
 * declare const zone: IDataLakeZone;
 * declare const role: iam.IRole;
 * zone.grantRead(role, { prefix: 'tables/orders/' });
 */
export interface ZoneGrantOptions {
  /**
   * Prefix of the keys, such as `tables/orders/`.
   *
   * @default - the whole zone
   */
  readonly prefix?: string;
}

/**
 * A zone of a data lake: a bucket and the key that everything in it is encrypted with.
 *
 * @example
 * declare const raw: IDataLakeZone;
 * declare const role: iam.IRole;
 * raw.grantReadWrite(role, { prefix: 'tables/orders/' });
 */
export interface IDataLakeZone extends IConstruct {
  /** The name of the zone, such as `raw`. */
  readonly zoneName: string;

  /** The bucket with the zone's data. */
  readonly bucket: s3.IBucket;

  /** The key that the zone's data is encrypted with. */
  readonly encryptionKey: kms.IKey;

  /** The data streams, in the order in which they were added; none of a zone that exists elsewhere. */
  readonly dataStreams: DataStream[];

  /** Sends the events of this zone's bucket to EventBridge too. Calling it again changes nothing. */
  enableEventBridge(): void;

  /**
   * Lets versions of objects that were replaced or deleted go after a day, instead of the zone's own time: for a table whose job replaces all of its
   * files. An existing bucket keeps its settings.
   *
   * @param prefix of the keys, such as `tables/daily_sales/`
   */
  expireReplacedVersions(prefix: string): void;

  /**
   * Lets a principal list and read objects, and decrypt them.
   *
   * @param grantee who gets the rights
   * @param options prefix of the keys; the whole zone when left out
   */
  grantRead(grantee: iam.IGrantable, options?: ZoneGrantOptions): iam.Grant;

  /**
   * Lets a principal write and delete objects, and encrypt them.
   *
   * @param grantee who gets the rights
   * @param options prefix of the keys; the whole zone when left out
   */
  grantWrite(grantee: iam.IGrantable, options?: ZoneGrantOptions): iam.Grant;

  /**
   * Lets a principal list, read, write and delete objects, and encrypt and decrypt them.
   *
   * @param grantee who gets the rights
   * @param options prefix of the keys; the whole zone when left out
   */
  grantReadWrite(grantee: iam.IGrantable, options?: ZoneGrantOptions): iam.Grant;
}

/**
 * A zone that exists elsewhere.
 *
 * @example
 * const attributes: DataLakeZoneAttributes = {
 *   zoneName: 'raw',
 *   bucketArn: 'arn:aws:s3:::company-raw',
 *   encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
 * };
 * const raw = DataLakeZone.fromZoneAttributes(this, 'Raw', attributes);
 */
export interface DataLakeZoneAttributes {
  /** The name of the zone. */
  readonly zoneName: string;

  /** The ARN of its bucket. */
  readonly bucketArn: string;

  /** The ARN of the key that its data is encrypted with. */
  readonly encryptionKeyArn: string;

  /**
   * Whether the policy of the bucket has the statements that keep out whoever is not cleared for what is in it. Nothing can check that.
   *
   * @default false - where they are needed, synthesis fails and prints them
   */
  readonly classesGuardedElsewhere?: boolean;
}

/**
 * Properties of a DataLakeZone.
 *
 * @example
 * declare const raw: DataLakeZone;
 * const props: DataLakeZoneProps = {
 *   zoneName: 'drop',
 *   nextZone: raw,
 *   dataStreams: [{ name: 'clicks', suffix: '.csv' }],
 *   lifecycle: { expiration: Duration.days(365) },
 * };
 */
export interface DataLakeZoneProps {
  /** The name of the zone: lower-case letters, digits, `-` and `_`. */
  readonly zoneName: string;

  /**
   * The zone that this zone's data goes to.
   *
   * @default - none: the last zone of a chain, or a zone outside of any
   */
  readonly nextZone?: IDataLakeZone;

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
   * The zone's place in its lake, from 0.
   *
   * @default - how many zones of the same app feed this one, directly and through others
   */
  readonly index?: number;

  /**
   * The data streams: each has a prefix, and a queue and a function of its own. An empty list makes none.
   *
   * @default - with a next zone: one stream `incoming`, for CSV files (`.csv`) under `incoming/`; without: none
   */
  readonly dataStreams?: DataStreamDefinition[];

  /**
   * How the zone's objects age.
   *
   * @default - the defaults of ZoneLifecycle, all of which keep the data queryable
   */
  readonly lifecycle?: ZoneLifecycle;

  /**
   * The queue for what the streams could not process. Give all zones of a lake the same one.
   *
   * @default - a DeadLetterQueue of the zone's own, as soon as it has a stream
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * The bucket for access logs. Give all zones of a lake the same one. Not used with an existing `bucket`.
   *
   * @default - an AccessLogBucket of the zone's own
   */
  readonly accessLogBucket?: s3.IBucket;

  /**
   * An existing key for the zone's data and queues. Beside an existing `bucket`: the key that this bucket's objects are encrypted with.
   *
   * @default - the key of `bucket`, if it is known; otherwise a new customer-managed key with yearly rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * An existing bucket. Its settings, lifecycle and access logs stay as they are.
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
   * The numpy and pandas layers for the streams' functions. Give all zones of a lake the same ones.
   *
   * @default - PythonLayers of the zone's own, as soon as a stream needs them
   */
  readonly layers?: IPythonLayers;

  /**
   * An existing VPC for the functions that the streams make. A function of your own must be in a VPC already.
   *
   * @default - none: the functions run in AWS's network
   */
  readonly network?: LakeNetworkAttachment;

  /**
   * Whether everything, the data included, is deleted with the stack. For development: synthesis warns.
   *
   * @default false - bucket, key, queues and logs stay when their stack is deleted
   */
  readonly ephemeral?: boolean;
}

/** What every zone can do, wherever it was made. */
abstract class DataLakeZoneBase extends Construct implements IDataLakeZone {
  public abstract readonly zoneName: string;
  public abstract readonly bucket: s3.IBucket;
  public abstract readonly encryptionKey: kms.IKey;
  public abstract readonly dataStreams: DataStream[];

  public abstract enableEventBridge(): void;
  public abstract expireReplacedVersions(prefix: string): void;

  public grantRead(grantee: iam.IGrantable, options?: ZoneGrantOptions): iam.Grant {
    return this.grant(grantee, true, false, options);
  }

  public grantWrite(grantee: iam.IGrantable, options?: ZoneGrantOptions): iam.Grant {
    return this.grant(grantee, false, true, options);
  }

  public grantReadWrite(grantee: iam.IGrantable, options?: ZoneGrantOptions): iam.Grant {
    return this.grant(grantee, true, true, options);
  }

  private grant(grantee: iam.IGrantable, read: boolean, write: boolean, { prefix = '' }: ZoneGrantOptions = {}): iam.Grant {
    requirePrefix(`prefix of a grant on zone '${this.zoneName}'`, prefix);
    return grantObjects({ bucket: this.bucket, encryptionKey: this.encryptionKey, grantee, read, write, prefix });
  }
}

/** The zones that feed a zone, by that zone. */
const FEEDERS = new WeakMap<IDataLakeZone, DataLakeZone[]>();

/**
 * A zone of a data lake: a bucket, a key, and for each data stream a queue and a function.
 *
 * @example
 * const raw = new DataLakeZone(this, 'Raw', { zoneName: 'raw' });
 * new DataLakeZone(this, 'Drop', { zoneName: 'drop', nextZone: raw, dataStreams: [{ name: 'clicks', suffix: '.csv' }] });
 */
export class DataLakeZone extends DataLakeZoneBase {
  /** A zone that exists elsewhere: in another stack, account or app. */
  public static fromZoneAttributes(scope: Construct, id: string, attributes: DataLakeZoneAttributes): IDataLakeZone {
    requireName('zone', attributes.zoneName);
    return new ImportedZone(scope, id, attributes);
  }

  public readonly zoneName: string;
  public readonly bucket: s3.IBucket;
  public readonly encryptionKey: kms.IKey;

  /** The zone that this zone's data goes to. */
  public readonly nextZone?: IDataLakeZone;

  /** Whether everything is deleted with the stack. */
  public readonly ephemeral: boolean;

  private readonly lifecycle: ZoneLifecycle;
  private readonly replaced = new Set<string>();
  private readonly streams: DataStream[] = [];
  private readonly events: BucketEvents;
  private givenDeadLetterQueue?: sqs.IQueue;
  private givenLayers?: IPythonLayers;
  private readonly network?: LakeNetworkAttachment;
  private placement?: Placement;

  constructor(scope: Construct, id: string, props: DataLakeZoneProps) {
    super(scope, id);
    requireProps(this, props, 'zoneName');
    requireName('zone', props.zoneName);
    requireRange(`index of zone '${props.zoneName}'`, props.index, 0, 1000);
    validateLifecycle(props.zoneName, props.lifecycle ?? {});
    if (props.bucket && props.lifecycle) {
      throw new Error(`zone '${props.zoneName}' has an existing bucket, whose settings stay as they are: leave lifecycle out, and set it where the bucket is made`);
    }
    requireSameKey(this, `zone '${props.zoneName}'`, props.bucket?.encryptionKey, props.encryptionKey);
    if (props.network) attachedSubnets(`zone '${props.zoneName}'`, props.network);
    this.zoneName = props.zoneName;
    requireClass(`zone '${props.zoneName}'`, props.classification);
    ZoneClasses.of(this).declare(props);
    this.nextZone = props.nextZone;
    this.ephemeral = props.ephemeral ?? false;
    this.lifecycle = props.lifecycle ?? {};
    this.givenDeadLetterQueue = props.deadLetterQueue;
    this.givenLayers = props.layers;
    this.network = props.network;
    if (props.nextZone) FEEDERS.set(props.nextZone, [...FEEDERS.get(props.nextZone) ?? [], this]);

    this.encryptionKey = props.encryptionKey ?? props.bucket?.encryptionKey ?? new kms.Key(this, 'Key', {
      description: `Data lake zone ${this.zoneName}`,
      enableKeyRotation: true,
      ...keyRemoval(this.ephemeral),
    });
    if (props.bucket) {
      this.bucket = props.bucket;
      this.events = BucketEvents.ofExisting(this, props.bucket, this.encryptionKey);
    } else {
      const bucket = this.createBucket(props);
      this.bucket = bucket;
      this.events = BucketEvents.ofOwn(this, bucket, this.encryptionKey);
    }
    if (this.ephemeral) announceEphemeral(this);
    this.addDataStreams(props.dataStreams);
  }

  /** The data streams, in the order in which they were added. */
  public get dataStreams(): DataStream[] {
    return [...this.streams];
  }

  /** Where everything ends that this zone's streams could not process. A queue of the zone's own is made when it is first asked for. */
  public get deadLetterQueue(): sqs.IQueue {
    this.givenDeadLetterQueue ??= new DeadLetterQueue(this, 'DeadLetterQueue', { ephemeral: this.ephemeral }).queue;
    return this.givenDeadLetterQueue;
  }

  /** The numpy and pandas layers of this zone's functions. Layers of the zone's own are made when they are first asked for. */
  public get layers(): IPythonLayers {
    this.givenLayers ??= new PythonLayers(this, 'Layers');
    return this.givenLayers;
  }

  /**
   * Adds a data stream: a queue that gets an event for each new object under the stream's prefix, and a function that processes it.
   *
   * @param streamName the stream's name: lower-case letters, digits, `-` and `_`
   * @param options its prefix, handler and settings
   */
  public addDataStream(streamName: string, options: DataStreamOptions = {}): DataStream {
    if (this.streams.some((stream) => stream.streamName === streamName)) {
      throw new Error(`zone '${this.zoneName}' has a stream '${streamName}' already: choose another name`);
    }
    return new DataStream(this, `Stream-${streamName}`, { zone: this, streamName, ...options });
  }

  /** Sends the events of this zone's bucket to EventBridge too. Calling it again changes nothing. */
  public enableEventBridge(): void {
    this.events.enableEventBridge();
  }

  /**
   * Lets versions of objects that were replaced or deleted go after a day, instead of the zone's own time: for a table whose job replaces all of its
   * files. An existing bucket keeps its settings, and a zone that keeps noncurrent versions keeps these, too.
   *
   * @param prefix of the keys, such as `tables/daily_sales/`
   */
  public expireReplacedVersions(prefix: string): void {
    requirePrefix(`prefix of replaced versions of zone '${this.zoneName}'`, prefix);
    warnOfExpiringRuns(this, this.zoneName, this.lifecycle);
    if (!this.lifecycle.keepNoncurrentVersions) this.replaced.add(prefix);
  }

  /**
   * Where the streams' functions run, if that is in a VPC. All functions of a zone have the same security groups.
   *
   * @internal
   */
  public get _placement(): Placement | undefined {
    if (this.network) this.placement ??= place(new Construct(this, 'Network'), `functions of zone ${this.zoneName}`, this.network);
    return this.placement;
  }

  /**
   * Whether the streams' functions run in a VPC.
   *
   * @internal
   */
  public get _inVpc(): boolean {
    return this.network !== undefined;
  }

  /**
   * Connects a stream's queue with the bucket's events.
   *
   * @internal
   */
  public _attach(stream: DataStream, queue: sqs.Queue): void {
    this.streams.push(stream);
    this.events.notify(queue, stream.prefix, stream.suffix);
  }

  private addDataStreams(definitions?: DataStreamDefinition[]): void {
    const defaults = this.nextZone ? [{ name: 'incoming', prefix: 'incoming/', suffix: '.csv' }] : [];
    for (const { name, ...options } of definitions ?? defaults) this.addDataStream(name, options);
  }

  private createBucket(props: DataLakeZoneProps): s3.Bucket {
    warnOfArchives(this, this.zoneName, this.lifecycle);
    const accessLogs = props.accessLogBucket ?? new AccessLogBucket(this, 'AccessLogs', { ephemeral: this.ephemeral }).bucket;
    const bucket = new s3.Bucket(this, 'Bucket', {
      ...closedBy(this.encryptionKey),
      versioned: true,
      ...bucketRemoval(this.ephemeral),
    });
    keepPolicy(bucket, this.ephemeral);
    const resource = bucket.node.defaultChild as s3.CfnBucket;
    resource.loggingConfiguration = { destinationBucketName: accessLogs.bucketName, logFilePrefix: `${this.zoneName}/` };
    const index = () => props.index ?? this.distanceFromStart();
    const isFirst = () => props.index === undefined ? this.nextZone !== undefined && this.distanceFromStart() === 0 : props.index === 0;
    resource.lifecycleConfiguration = Lazy.any({ produce: () => renderLifecycle(this.lifecycle, isFirst(), [...this.replaced]) });
    describe(bucket, { kind: 'zone', name: this.zoneName, index: Lazy.number({ produce: index }), next: this.nextZone?.zoneName });
    this.node.defaultChild = resource;
    return bucket;
  }

  private distanceFromStart(): number {
    return Math.max(0, ...(FEEDERS.get(this) ?? []).map((feeder) => feeder.distanceFromStart() + 1));
  }
}

class ImportedZone extends DataLakeZoneBase {
  public readonly zoneName: string;
  public readonly bucket: s3.IBucket;
  public readonly encryptionKey: kms.IKey;
  public readonly dataStreams: DataStream[] = [];

  constructor(scope: Construct, id: string, attributes: DataLakeZoneAttributes) {
    super(scope, id);
    this.zoneName = attributes.zoneName;
    this.bucket = s3.Bucket.fromBucketArn(this, 'Bucket', attributes.bucketArn);
    this.encryptionKey = kms.Key.fromKeyArn(this, 'Key', attributes.encryptionKeyArn);
    ZoneClasses.of(this).declare(attributes);
  }

  public enableEventBridge(): void {
    this.bucket.enableEventBridgeNotification();
  }

  public expireReplacedVersions(): void {
    // Its settings are whoever's made it.
  }
}
