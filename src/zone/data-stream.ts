import {
  Annotations, Duration, Size, Token, aws_iam as iam, aws_lambda as lambda, aws_lambda_destinations as destinations,
  aws_lambda_event_sources as sources, aws_logs as logs, aws_sqs as sqs,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { DataLakeZone } from './data-lake-zone';
import { HandlerEnvironment } from './handler-environment';
import { below, RESERVED_PREFIXES } from './layout';
import { requireClass } from '../access/classes';
import { DataClassification } from '../access/data-classification';
import { clear, highestOf, requireClassOfNext, ZoneClasses } from '../access/zone-classes';
import { WARNINGS } from '../private/annotations';
import { keepPolicy, removalPolicy } from '../private/ephemeral';
import { allowNetworkInterfaces } from '../private/function-network';
import { describe } from '../private/metadata';
import { acknowledge, allowWildcards } from '../private/nag';
import { NOT_SHIPPED, packagePath } from '../private/paths';
import { StagedCode } from '../private/staged-code';
import { requireDuration, requireFilter, requireName, requirePrefix, requireProps, requireRange } from '../private/validation';

/**
 * Settings of a data stream.
 *
 * @example
 * declare const drop: DataLakeZone;
 * declare const handler: lambda.Function;
 * const options: DataStreamOptions = { prefix: 'images/', function: handler, maxConcurrency: 10 };
 * drop.addDataStream('images', options);
 */
export interface DataStreamOptions {
  /**
   * The start of the keys that belong to the stream. No two streams of a zone may overlap.
   *
   * Letters, digits, and any of `!-_.'()/`, which S3 matches as they are written. It has no wildcards.
   *
   * @default - `streams/<name>/`
   */
  readonly prefix?: string;

  /**
   * The end of the keys that belong to the stream, such as `.csv`, in the same characters as the prefix.
   *
   * @default - any
   */
  readonly suffix?: string;

  /**
   * How sensitive the stream's data is. What is above a person's clearance they do not see.
   *
   * @default - the zone's
   */
  readonly classification?: DataClassification;

  /**
   * A function of your own. It gets S3 events from SQS (S3's test event too, once, when the stream is made), and reports what failed
   * as partial batch response (`batchItemFailures`).
   * Its role gets the rights of the stream, and, where it is made in this app, its environment the variables that the default
   * handler has too: ZONE, STREAM, PREFIX, QUARANTINE_PREFIX, NEXT_BUCKET, NEXT_ZONE, and DATA_CLASSIFICATION where a class is declared.
   *
   * @default - a function made from `code`
   */
  readonly function?: lambda.IFunction;

  /**
   * Python code of your own.
   *
   * @default - the package's example, which reads CSV with pandas, transforms it and writes it to the next zone
   */
  readonly code?: lambda.Code;

  /**
   * The entry point in the code.
   *
   * @default 'index.handler'
   */
  readonly handler?: string;

  /**
   * More environment variables for the function.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * How long one invocation may take, up to 15 minutes.
   *
   * @default - 5 minutes; with a function of your own: the function's, or 15 minutes where that is not known
   */
  readonly timeout?: Duration;

  /**
   * The function's memory, 128 to 10,240 MiB. Lambda gives CPU in proportion: one whole CPU at 1,769 MiB.
   *
   * @default - 1 GiB
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   */
  readonly memorySize?: Size;

  /**
   * The function's scratch disk (`/tmp`), 512 to 10,240 MiB.
   *
   * @default - 512 MiB
   */
  readonly ephemeralStorageSize?: Size;

  /**
   * How many messages one invocation gets at most.
   *
   * @default 1 - one bad file fails alone, even if it takes the whole process down
   */
  readonly batchSize?: number;

  /**
   * How long to wait for a batch to fill, up to 5 minutes. Needed for batches of more than 10.
   *
   * @default - not at all
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * How many invocations run at once at most, 2 to 1,000. Unlike reserved concurrency it takes nothing from the account's limit, and
   * messages that wait are not counted as tries.
   *
   * @default 5
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  readonly maxConcurrency?: number;

  /**
   * How often a message is tried before it goes to the dead-letter queue.
   *
   * @default 3
   */
  readonly maxReceiveCount?: number;

  /**
   * How long an unprocessed message is kept. Less than the dead-letter queue's 14 days, because a message keeps the age that it had.
   *
   * @default - 4 days
   */
  readonly retentionPeriod?: Duration;

  /**
   * How long the function's log is kept.
   *
   * @default - one month
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * A data stream of a zone, by name.
 *
 * @example
 * const images: DataStreamDefinition = { name: 'images', prefix: 'images/', code: lambda.Code.fromAsset('lambda/images') };
 */
export interface DataStreamDefinition extends DataStreamOptions {
  /** The stream's name: lower-case letters, digits, `-` and `_`. */
  readonly name: string;
}

/**
 * Properties of a DataStream.
 *
 * @example
 * declare const drop: DataLakeZone;
 * const props: DataStreamProps = { zone: drop, streamName: 'clicks', memorySize: Size.gibibytes(2), timeout: Duration.minutes(2) };
 * new DataStream(this, 'Clicks', props);
 */
export interface DataStreamProps extends DataStreamOptions {
  /** The zone that the data arrives in. */
  readonly zone: DataLakeZone;

  /** The stream's name: lower-case letters, digits, `-` and `_`. */
  readonly streamName: string;
}

/** The longest that one invocation of a function may take. */
const LONGEST_TIMEOUT = Duration.minutes(15);

/** The longest that a batch is gathered. */
const LONGEST_WINDOW = Duration.minutes(5);

/** The options that describe a function which the stream makes, and that mean nothing with a function of the user's own. */
const FUNCTION_OPTIONS = ['code', 'handler', 'environment', 'memorySize', 'ephemeralStorageSize', 'logRetention'] as const;

/**
 * A data stream: the objects under one prefix of a zone, a queue that gets an event for each new one, and a function that processes it.
 *
 * @example
 * declare const drop: DataLakeZone;
 * const stream = drop.addDataStream('clicks', { suffix: '.csv' });
 * stream.queue.metricApproximateAgeOfOldestMessage().createAlarm(this, 'Late', { threshold: 900, evaluationPeriods: 1 });
 */
export class DataStream extends Construct {
  /** The stream's name. */
  public readonly streamName: string;

  /** The start of the keys that belong to the stream. */
  public readonly prefix: string;

  /** The end of the keys that belong to the stream; empty for any. */
  public readonly suffix: string;

  /** How sensitive the stream's data is: the highest class of the stream, its zone and the next zone. */
  public readonly classification: DataClassification;

  /** The queue between the bucket and the function. */
  public readonly queue: sqs.Queue;

  /** The function. */
  public readonly function: lambda.IFunction;

  /** Whether a class was declared: what the function writes then carries it as its tag. */
  private isClassified = false;

  constructor(scope: Construct, id: string, props: DataStreamProps) {
    super(scope, id);
    requireProps(this, props, 'zone', 'streamName');
    const { zone } = props;
    this.streamName = props.streamName;
    this.prefix = props.prefix ?? below('streams', props.streamName);
    this.suffix = props.suffix ?? '';
    validate(this, props);

    const retention = props.retentionPeriod ?? Duration.days(4);
    requireShorterRetention(`stream '${props.streamName}' of zone '${zone.zoneName}'`, retention, zone.deadLetterQueue);
    const timeout = props.function ? props.timeout ?? timeoutOf(props.function) : props.timeout ?? Duration.minutes(5);
    this.queue = new sqs.Queue(this, 'Queue', {
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: zone.encryptionKey,
      enforceSSL: true,
      retentionPeriod: retention,
      visibilityTimeout: visibilityTimeout(timeout, props.maxBatchingWindow),
      deadLetterQueue: { queue: zone.deadLetterQueue, maxReceiveCount: props.maxReceiveCount ?? 3 },
      removalPolicy: removalPolicy(zone.ephemeral),
    });
    keepPolicy(this.queue, zone.ephemeral);
    this.classification = this.classify(props);
    describe(this.queue, {
      kind: 'stream', zone: zone.zoneName, name: this.streamName, prefix: this.prefix, suffix: this.suffix, ...this.isClassified && { classification: this.classification },
    });
    this.function = props.function ?? this.createFunction(props, timeout);
    if (props.function) this.adopt(props.function, props);
    this.grantData(zone);
    this.function.addEventSource(new sources.SqsEventSource(this.queue, {
      batchSize: props.batchSize ?? 1,
      maxBatchingWindow: props.maxBatchingWindow,
      maxConcurrency: props.maxConcurrency ?? 5,
      reportBatchItemFailures: true,
    }));
    this.waitForRole();
    zone._attach(this, this.queue);
    this.node.defaultChild = this.queue.node.defaultChild;
  }

  /**
   * Lambda tries the right to receive as it connects queue and function. A function of this app comes after its role anyway.
   *
   * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
   */
  private waitForRole(): void {
    const { role } = this.function;
    if (!role || this.function instanceof lambda.Function) return;
    for (const child of this.function.node.findAll()) if (child instanceof lambda.CfnEventSourceMapping) child.node.addDependency(role);
  }

  /** Gives the stream's objects their class, in this zone, in quarantine and in the next zone. */
  private classify({ zone, classification }: DataStreamProps): DataClassification {
    requireClass(`stream '${this.streamName}' of zone '${zone.zoneName}'`, classification);
    const own = ZoneClasses.of(zone);
    const next = zone.nextZone && ZoneClasses.of(zone.nextZone);
    // What another stream writes here has that stream's class.
    const found = highestOf(classification, own.below(this.prefix), next?.ofZone);
    requireClassOfNext(`stream '${this.streamName}' of zone '${zone.zoneName}'`, this.prefix, found, zone.nextZone?.dataStreams ?? []);
    for (const prefix of [this.prefix, below('quarantine', this.streamName)]) own.add(prefix, found);
    next?.add(this.prefix, found);
    this.isClassified = [classification !== undefined, own.isDeclared, next?.isDeclared, found !== highestOf()].some(Boolean);
    return found;
  }

  private createFunction(props: DataStreamProps, timeout: Duration): lambda.Function {
    const { zone } = props;
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: removalPolicy(zone.ephemeral),
    });
    // Not the managed policy that the CDK adds by itself: this role writes to its own log group and to no other.
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const placement = zone._placement;
    if (placement) allowNetworkInterfaces(role);
    const made = new lambda.Function(this, 'Function', {
      description: `Data stream ${this.streamName} of zone ${zone.zoneName}`,
      code: props.code ?? new StagedCode({ path: packagePath('lambda', 'csv_to_next_zone'), exclude: NOT_SHIPPED }),
      handler: props.handler ?? 'index.handler',
      runtime: zone.layers.runtime,
      architecture: zone.layers.architecture,
      layers: zone.layers.layers,
      environment: { ...props.environment, ...this.environment(zone) },
      timeout,
      memorySize: (props.memorySize ?? Size.gibibytes(1)).toMebibytes(),
      ephemeralStorageSize: props.ephemeralStorageSize,
      role,
      logGroup,
      ...placement && { vpc: placement.vpc, vpcSubnets: { subnets: placement.subnets }, securityGroups: placement.securityGroups },
      onFailure: new destinations.SqsDestination(zone.deadLetterQueue),
    });
    describe(made, { kind: 'stream-handler', zone: zone.zoneName, stream: this.streamName });
    acknowledge(made, {
      'AwsSolutions-L1': 'The runtime is the one that the numpy and pandas layers are built for, by default the newest.',
    });
    return made;
  }

  /** Gives a function of the user's own what the stream's function would have. */
  private adopt(handler: lambda.IFunction, props: DataStreamProps): void {
    if (!(handler instanceof lambda.Function)) return;
    for (const [name, value] of Object.entries(this.environment(props.zone))) handler.addEnvironment(name, value);
    if (!handler.node.tryFindChild('EventInvokeConfig')) {
      handler.configureAsyncInvoke({ onFailure: new destinations.SqsDestination(props.zone.deadLetterQueue) });
    }
    describe(handler, { kind: 'stream-handler', zone: props.zone.zoneName, stream: this.streamName });
  }

  /** Least privilege: read the stream's own objects, write the same keys in the next zone, and refused data in this one. */
  private grantData(zone: DataLakeZone): void {
    const { role } = this.function;
    if (!role) {
      Annotations.of(this).addWarningV2(
        WARNINGS.handlerWithoutRole,
        `the handler of stream '${this.streamName}' of zone '${zone.zoneName}' was imported without its role, so that it gets no rights: `
        + 'import it with its role, or give the role what the stream needs');
      return;
    }
    clear(role, this.classification);
    const allow = (actions: string[], arns: string[]) => iam.Grant.addToPrincipal({ grantee: role, actions, resourceArns: arns });
    const write = ['s3:PutObject', 's3:AbortMultipartUpload'];
    // The tags too: a copy to quarantine takes them along, and S3 refuses to copy a tagged object for a caller that may not read its tags.
    allow(['s3:GetObject', 's3:GetObjectTagging'], [zone.bucket.arnForObjects(`${this.prefix}*`)]);
    // Reading and deleting: what an object left in quarantine goes when a version of it that can be read has arrived.
    allow([...write, 's3:PutObjectTagging', 's3:GetObject', 's3:DeleteObject'], [
      zone.bucket.arnForObjects(`${below('quarantine', this.streamName)}*`),
    ]);
    // Without this, S3 answers "access denied" for an object that is gone, and the message would be retried pointlessly. A condition on
    // the prefix would not do: S3 checks the right to list without one when it looks for a single object.
    allow(['s3:ListBucket'], [zone.bucket.bucketArn]);
    zone.encryptionKey.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
    if (zone.nextZone) {
      allow([...write, ...this.isClassified ? ['s3:PutObjectTagging'] : []], [zone.nextZone.bucket.arnForObjects(`${this.prefix}*`)]);
      zone.nextZone.encryptionKey.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
    }
    allowWildcards(role, {
      finding: new RegExp(`^Resource::.*/(${escape(this.prefix)}|${escape(below('quarantine', this.streamName))})\\*$`),
      reason: `The handler of stream ${this.streamName} works on all objects of its own prefix.`,
    });
  }

  private environment(zone: DataLakeZone): HandlerEnvironment {
    return {
      ZONE: zone.zoneName,
      STREAM: this.streamName,
      PREFIX: this.prefix,
      QUARANTINE_PREFIX: below('quarantine', this.streamName),
      ...(zone.nextZone ? { NEXT_ZONE: zone.nextZone.zoneName, NEXT_BUCKET: zone.nextZone.bucket.bucketName } : {}),
      ...(this.isClassified ? { DATA_CLASSIFICATION: this.classification } : {}),
    };
  }
}

function validate(stream: DataStream, props: DataStreamProps): void {
  requireName('data stream', props.streamName);
  const name = `stream '${props.streamName}' of zone '${props.zone.zoneName}'`;
  validateKeys(name, stream, props);
  if (props.function) {
    validateFunction(name, props.function, props);
  } else if (!props.code && !props.zone.nextZone) {
    throw new Error(`${name} has no function, and the default one writes to the next zone, which zone '${props.zone.zoneName}' does not have: give nextZone, function or code`);
  }
  validateSettings(name, props);
}

function validateKeys(name: string, stream: DataStream, props: DataStreamProps): void {
  requirePrefix(`prefix of ${name}`, stream.prefix);
  requireFilter(`prefix of ${name}`, stream.prefix);
  requireFilter(`suffix of ${name}`, stream.suffix);
  if (stream.prefix === '') {
    throw new Error(`${name} has an empty prefix, which would take in the whole zone: give one such as '${below('streams', props.streamName)}'`);
  }
  requirePrefixOfItsOwn(name, stream.prefix, props.zone);
}

/** Refuses a prefix that overlaps with that of another stream or of the lake. */
function requirePrefixOfItsOwn(name: string, prefix: string, zone: DataLakeZone): void {
  const taken = [
    ...RESERVED_PREFIXES.map((reserved) => ({ other: reserved as string, owner: 'the lake itself' })),
    ...zone.dataStreams.map((stream) => ({ other: stream.prefix, owner: `stream '${stream.streamName}'` })),
  ];
  for (const { other, owner } of taken) {
    if (!prefix.startsWith(other) && !other.startsWith(prefix)) continue;
    throw new Error(`prefix '${prefix}' of ${name} overlaps with '${other}' of ${owner}: each object may belong to one stream only, choose another prefix`);
  }
}

/** Refuses options that have no effect on the user's own function, and a function that cannot do the stream's work. */
function validateFunction(name: string, own: lambda.IFunction, props: DataStreamProps): void {
  const given = FUNCTION_OPTIONS.filter((option) => props[option] !== undefined);
  if (given.length > 0) throw new Error(`${name} has a function of its own, so that ${given.join(', ')} would do nothing: set that on the function`);
  if (props.zone._inVpc && own instanceof lambda.Function && !own.isBoundToVpc) {
    throw new Error(`${name} has a function of its own that is in no VPC, but the zone's functions run in one: give function '${own.node.path}' a vpc`);
  }
  const other = props.zone.dataStreams.find((candidate) => candidate.function === own);
  if (other) throw new Error(`${name} has the same function as stream '${other.streamName}', whose environment it would replace: give each stream a function of its own`);
}

function validateSettings(name: string, props: DataStreamProps): void {
  requireDuration(`timeout of ${name}`, props.timeout, Duration.seconds(1), LONGEST_TIMEOUT);
  requireRange(`memorySize of ${name}`, props.memorySize?.toMebibytes(), 128, 10240, ' MiB');
  requireRange(`ephemeralStorageSize of ${name}`, props.ephemeralStorageSize?.toMebibytes(), 512, 10240, ' MiB');
  const window = props.maxBatchingWindow !== undefined && (props.maxBatchingWindow.isUnresolved() || props.maxBatchingWindow.toMilliseconds() > 0);
  requireRange(`batchSize of ${name}`, props.batchSize, 1, window ? 10000 : 10, window ? '' : ' (more with a maxBatchingWindow)');
  requireDuration(`maxBatchingWindow of ${name}`, props.maxBatchingWindow, Duration.seconds(0), LONGEST_WINDOW);
  requireRange(`maxConcurrency of ${name}`, props.maxConcurrency, 2, 1000);
  requireRange(`maxReceiveCount of ${name}`, props.maxReceiveCount, 1, 1000);
  requireDuration(`retentionPeriod of ${name}`, props.retentionPeriod, Duration.minutes(1), Duration.days(13));
}

/** A message keeps its age in the DLQ: if the DLQ retains messages no longer than the source queue, a message can expire on arrival. */
function requireShorterRetention(name: string, retention: Duration, deadLetterQueue: sqs.IQueue): void {
  const resource = deadLetterQueue.node.defaultChild;
  const seconds = resource instanceof sqs.CfnQueue ? resource.messageRetentionPeriod : undefined;
  if (seconds === undefined || Token.isUnresolved(seconds) || retention.isUnresolved() || retention.toSeconds() < seconds) return;
  throw new Error(`${name} keeps messages for ${retention.toHumanString()}, its dead-letter queue for ${Duration.seconds(seconds).toHumanString()}: `
    + 'the dead-letter queue must keep them longer');
}

/**
 * Six times the function's timeout, and the time in which a batch is gathered.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
function visibilityTimeout(timeout: Duration, window: Duration = Duration.seconds(0)): Duration {
  const [timeoutSeconds, windowSeconds] = [known(timeout, LONGEST_TIMEOUT), known(window, LONGEST_WINDOW)].map((duration) => duration.toSeconds());
  return Duration.seconds(timeoutSeconds * 6 + windowSeconds);
}

function known(duration: Duration, longest: Duration): Duration {
  return duration.isUnresolved() ? longest : duration;
}

/** The timeout of a function: 3 seconds is Lambda's default; where the timeout is not known, the longest is safe. */
function timeoutOf(handler: lambda.IFunction): Duration {
  return handler instanceof lambda.Function ? handler.timeout ?? Duration.seconds(3) : LONGEST_TIMEOUT;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
