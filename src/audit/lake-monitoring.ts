import { Duration, Token } from 'aws-cdk-lib';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import { AlarmTopic } from './alarm-topic';
import { AlarmDefinition, FIVE_MINUTES, makeAlarm } from './alarms';
import { makeDashboard } from './dashboard';
import { JobRuns } from './job-runs';
import { makeBudget } from './lake-budget';
import { LandedRows } from './landed-rows';
import { EtlJob } from '../catalog/etl-job';
import { JobState } from '../catalog/job-state';
import { ZonedGlueCatalog } from '../catalog/zoned-glue-catalog';
import { requireDuration, requireProps } from '../private/validation';
import { CuratedSinkConfig } from '../sink/curated-sink';
import { QuickSightRedshift } from '../warehouse/quicksight-redshift';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { DataStream } from '../zone/data-stream';

/**
 * A tag whose costs a budget counts.
 *
 * @example
 * const tag: BudgetTag = { key: 'project', value: 'lake' };
 */
export interface BudgetTag {
  /** The tag's key. It must be active as a cost allocation tag of the account. */
  readonly key: string;

  /** The tag's value. */
  readonly value: string;
}

/**
 * A monthly budget, which tells the topic at 80 % and 100 % of what was spent, and when the month is forecast to exceed it.
 *
 * @example
 * const budget: LakeBudgetOptions = { monthlyLimit: 200, tag: { key: 'project', value: 'lake' } };
 */
export interface LakeBudgetOptions {
  /** US dollars a month. */
  readonly monthlyLimit: number;

  /**
   * Count only what has this tag.
   *
   * @default - the whole account's costs
   */
  readonly tag?: BudgetTag;
}

/**
 * How a lake is watched.
 *
 * @example
 * const monitoring: LakeMonitoringOptions = {
 *   emails: ['data-platform@example.com'],
 *   noDataAfter: Duration.hours(26),
 *   budget: { monthlyLimit: 200 },
 * };
 */
export interface LakeMonitoringOptions {
  /**
   * An existing topic for the alarms. Its policy, and that of its key, must let CloudWatch publish, and AWS Budgets if there is a budget.
   *
   * @default - an own `AlarmTopic`
   */
  readonly topic?: sns.ITopic;

  /**
   * Mail addresses that get every alarm of the own topic.
   *
   * @default - none
   */
  readonly emails?: string[];

  /**
   * The age of a stream's oldest message that raises an alarm.
   *
   * @default Duration.hours(1)
   */
  readonly maxQueueAge?: Duration;

  /**
   * The share of a run's rows in quarantine that raises an alarm, in percent.
   *
   * @default 5
   */
  readonly maxQuarantinedPercent?: number;

  /**
   * Raise an alarm when no data has arrived for so long, in whole hours up to seven days: one alarm for each stream, one for the tables.
   *
   * @default - data may stay away
   */
  readonly noDataAfter?: Duration;

  /**
   * Whether to make a dashboard.
   *
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * A budget.
   *
   * @default - none
   */
  readonly budget?: LakeBudgetOptions;
}

/**
 * Properties of `LakeMonitoring`.
 *
 * @example
 * declare const drop: DataLakeZone;
 * declare const letters: DeadLetterQueue;
 * const props: LakeMonitoringProps = { zones: [drop], deadLetterQueue: letters.queue };
 */
export interface LakeMonitoringProps extends LakeMonitoringOptions {
  /** The zones, with the streams that they have so far. */
  readonly zones: IDataLakeZone[];

  /** Where everything ends that could not be processed. */
  readonly deadLetterQueue: sqs.IQueue;

  /**
   * The catalog, with the tables that it has so far.
   *
   * @default - no tables are watched
   */
  readonly catalog?: ZonedGlueCatalog;

  /**
   * Further jobs to watch, such as those of curated tables.
   *
   * @default - none
   */
  readonly jobs?: EtlJob[];

  /**
   * Whether the topic's key goes with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/** "EvaluationPeriods * Period" is at most seven days for periods of an hour: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const LONGEST_WATCH = Duration.days(7);

/**
 * A dashboard of the lake, and an alarm for each thing that needs a person. Each alarm's description says what to do first, and names its
 * section in docs/operations.md.
 *
 * @see https://github.com/cdk-datalake-accelerator/cdk-datalake-accelerator/blob/main/docs/operations.md
 *
 * @example
 * declare const drop: DataLakeZone;
 * declare const letters: DeadLetterQueue;
 * declare const catalog: ZonedGlueCatalog;
 * new LakeMonitoring(this, 'Monitoring', { zones: [drop], deadLetterQueue: letters.queue, catalog, emails: ['data@example.com'] });
 */
export class LakeMonitoring extends Construct {
  /** Where the alarms go. */
  public readonly topic: sns.ITopic;

  /** The own topic with its key, if no existing one was given. */
  public readonly alarmTopic?: AlarmTopic;

  /** The dashboard, if there is one. */
  public readonly dashboard?: cloudwatch.Dashboard;

  /** The budget, if there is one. */
  public readonly budget?: budgets.CfnBudget;

  private readonly _alarms: cloudwatch.Alarm[] = [];
  private readonly props: LakeMonitoringProps;
  private readonly streams: DataStream[] = [];
  private readonly failed: JobRuns;
  private readonly succeeded: JobRuns;
  private readonly landed: LandedRows;

  constructor(scope: Construct, id: string, props: LakeMonitoringProps) {
    super(scope, id);
    requireProps(this, props, 'zones', 'deadLetterQueue');
    validate(props);
    this.props = props;
    this.alarmTopic = props.topic ? undefined : new AlarmTopic(this, 'Topic', { emails: props.emails, ephemeral: props.ephemeral });
    this.topic = props.topic ?? this.alarmTopic!.topic;
    this.failed = new JobRuns(this, 'FailedRuns', 'Counts runs that failed', [JobState.FAILED, JobState.TIMEOUT]);
    this.succeeded = new JobRuns(this, 'SucceededRuns', 'Counts runs that succeeded', [JobState.SUCCEEDED]);
    this.landed = new LandedRows(this, 'LandedRows');

    this.watchDeadLetters(props.deadLetterQueue);
    for (const zone of props.zones) zone.dataStreams.forEach((stream) => this.addStream(stream));
    if (props.catalog) this.watchCatalog(props.catalog);
    for (const job of props.jobs ?? []) this.addJob(job);
    if (props.budget) {
      this.alarmTopic?._admitBudgets();
      this.budget = makeBudget(this, 'Budget', this.topic.topicArn, props.budget);
      // A budget wants a topic that lets it publish already: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
      if (this.alarmTopic) this.budget.node.addDependency(this.alarmTopic);
    }
    if (props.dashboard ?? true) {
      this.dashboard = makeDashboard(this, 'Dashboard', {
        zones: props.zones,
        streams: this.streams,
        deadLetterQueue: props.deadLetterQueue,
        failed: this.failed.metrics(),
        succeeded: this.succeeded.metrics(),
        landed: props.catalog && this.landed,
        alarms: this._alarms,
      });
    }
  }

  /** All alarms. */
  public get alarms(): cloudwatch.Alarm[] {
    return [...this._alarms];
  }

  /**
   * Watches the runs of a further job: its failures raise an alarm.
   *
   * @param job the job
   */
  public addJob(job: EtlJob): void {
    this.succeeded.add(job);
    const metric = this.failed.add(job);
    if (!metric) return;
    const number = this.failed.metrics().length;
    this.alarm(number === 1 ? 'JobFailed' : `JobFailed${number}`, {
      metric: metric.with({ period: FIVE_MINUTES }),
      threshold: 1,
      description: 'A Glue job failed or exceeded its timeout. Read why in its log (lake logs TABLE), remove the cause and start the workflow again.',
      section: 'A job failed',
    });
  }

  /**
   * Watches a further stream: its queue's age, its function's errors, and whether data comes if `noDataAfter` is given.
   *
   * @param stream the stream
   */
  public addStream(stream: DataStream): void {
    this.streams.push(stream);
    const { streamName: name, queue } = stream;
    this.alarm(`QueueAge-${stream.node.scope?.node.id}-${name}`, {
      metric: queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: cloudwatch.Stats.MAXIMUM }),
      threshold: (this.props.maxQueueAge ?? Duration.hours(1)).toSeconds(),
      description: `Messages of stream ${name} wait too long. See whether its function fails, is throttled or too slow.`,
      section: 'A queue is late',
    });
    this.alarm(`FunctionErrors-${stream.node.scope?.node.id}-${name}`, {
      metric: stream.function.metricErrors({ period: FIVE_MINUTES, statistic: cloudwatch.Stats.SUM }),
      threshold: 1,
      description: `The function of stream ${name} crashed, ran out of memory or time. Read its log (lake logs ${name}).`,
      section: 'A function fails',
    });
    this.watchArrivals(`NoData-${stream.node.scope?.node.id}-${name}`, `on stream ${name}`, queue.metricNumberOfMessagesSent());
  }

  /**
   * Watches a warehouse: a load that fails raises an alarm, whether the warehouse or the function that starts the loads failed.
   *
   * @param warehouse the warehouse
   */
  public addWarehouse(warehouse: QuickSightRedshift): void {
    this.watchLoads(warehouse, 'warehouse', { failedLoads: warehouse.metricFailedLoads(), loaderErrors: warehouse.metricLoaderErrors() });
  }

  /**
   * Watches a sink of curated tables: a load that fails raises an alarm.
   *
   * @param sink the sink
   * @param config what it has told of its loads
   */
  public addSink(sink: IConstruct, config: CuratedSinkConfig): void {
    this.watchLoads(sink, `sink ${sink.node.id}`, config);
  }

  private watchLoads(sink: IConstruct, what: string, { failedLoads, loaderErrors }: CuratedSinkConfig): void {
    if (failedLoads) {
      this.alarm(`LoadFailed-${sink.node.id}`, {
        metric: failedLoads.with({ period: FIVE_MINUTES }),
        threshold: 1,
        description: `The ${what} could not load a curated table, which keeps the rows of the load before. Read why in the dead letter (lake dlq list).`,
        section: 'A load failed',
      });
    }
    if (!loaderErrors) return;
    this.alarm(`LoaderErrors-${sink.node.id}`, {
      metric: loaderErrors.with({ period: FIVE_MINUTES }),
      threshold: 1,
      description: `The function that starts or does the loads of the ${what} failed. Read why in its log (lake logs).`,
      section: 'A load failed',
    });
  }

  private watchDeadLetters(queue: sqs.IQueue): void {
    this.alarm('DeadLetters', {
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: cloudwatch.Stats.MAXIMUM }),
      threshold: 1,
      description: 'Something could not be processed and is in the dead-letter queue. Look at it (lake dlq list), remove the cause, replay it (lake dlq replay).',
      section: 'Dead letters',
    });
  }

  private watchCatalog(catalog: ZonedGlueCatalog): void {
    for (const table of catalog.tableNames) {
      this.addJob(catalog.job(table));
      this.landed.add(table, catalog.job(table));
    }
    this.alarm('Quarantine', {
      metric: this.landed.metricPercent({ period: FIVE_MINUTES }),
      threshold: this.props.maxQuarantinedPercent ?? 5,
      description: 'A table\'s job refused an unusual share of its rows. Read the reasons (lake quarantine), correct the files or the schema, drop the files again.',
      section: 'Too many rows in quarantine',
    });
    const { arrivalRule } = catalog.workflow;
    if (!arrivalRule) return;
    this.watchArrivals('NoData', 'for any table', new cloudwatch.Metric({
      namespace: 'AWS/Events', metricName: 'TriggeredRules', dimensionsMap: { RuleName: arrivalRule.ruleName },
    }));
  }

  /** The services report nothing about what is not used: no data is a breach. */
  private watchArrivals(id: string, where: string, metric: cloudwatch.Metric): void {
    const { noDataAfter } = this.props;
    if (!noDataAfter) return;
    this.alarm(id, {
      metric: metric.with({ period: Duration.hours(1), statistic: cloudwatch.Stats.SUM }),
      threshold: 1,
      operator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: noDataAfter.toHours(),
      missing: cloudwatch.TreatMissingData.BREACHING,
      description: `No object has arrived ${where} for ${noDataAfter.toHumanString()}. Ask the source system.`,
      section: 'No data arrives',
    });
  }

  private alarm(id: string, definition: AlarmDefinition): void {
    this._alarms.push(makeAlarm(this, id, this.topic, definition));
  }
}

function validate({ topic, emails, maxQueueAge, maxQuarantinedPercent: percent, noDataAfter, zones, catalog }: LakeMonitoringProps): void {
  if (topic && emails?.length) throw new Error(`emails ${emails.join(', ')} are for the own topic only: leave emails out, or subscribe them to the topic given`);
  requireDuration('maxQueueAge', maxQueueAge, Duration.minutes(1), Duration.days(14));
  if (percent !== undefined && !Token.isUnresolved(percent) && !(percent > 0 && percent <= 100)) {
    throw new Error(`maxQuarantinedPercent is ${percent}: give more than 0 and at most 100 percent`);
  }
  requireDuration('noDataAfter', noDataAfter, Duration.hours(1), LONGEST_WATCH);
  if (!noDataAfter) return;
  if (noDataAfter.isUnresolved() || noDataAfter.toMilliseconds() % 3_600_000) {
    throw new Error(`noDataAfter is ${noDataAfter.isUnresolved() ? 'a token' : noDataAfter.toHumanString()}: give whole hours`);
  }
  if (!catalog?.workflow.arrivalRule && !zones.some(({ dataStreams }) => dataStreams.length)) {
    throw new Error('noDataAfter has nothing to watch: arrivals are counted on streams, and on tables with WorkflowStart.onNewData()');
  }
}
