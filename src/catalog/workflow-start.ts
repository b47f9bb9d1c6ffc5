import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { requireDuration, requireRange } from '../private/validation';

/**
 * When new data starts the workflow.
 *
 * @example
 * const start = WorkflowStart.onNewData({ batchSize: 10, batchWindow: Duration.minutes(5) });
 */
export interface OnNewDataOptions {
  /**
   * The workflow starts as soon as this many objects have arrived, even if the window is still open: 1 to 100.
   *
   * @default 100
   */
  readonly batchSize?: number;

  /**
   * The workflow starts when this much time has passed since the first object arrived, even if the batch is not full: 1 second to 15 minutes.
   *
   * Choose it no shorter than a run usually takes: what arrives during a run then waits in its window until the run is over, and all of it
   * starts exactly one further run.
   *
   * @default Duration.minutes(15)
   */
  readonly batchWindow?: Duration;

  /**
   * How often a function looks for objects that no run has taken in, and starts a run if there are any: from 1 hour to 31 days.
   *
   * AWS does not guarantee that Glue gets every event. The function compares listings and costs next to nothing; with no object waiting it
   * starts nothing. Tables with a script of your own, which may keep no manifests, are left out.
   *
   * @default Duration.days(1); Duration.minutes(0) makes no function
   */
  readonly checkInterval?: Duration;
}

/** How a workflow start is written in its start trigger. */
export interface WorkflowStartConfig {
  /** Glue's type of the start trigger: EVENT, SCHEDULED or ON_DEMAND. */
  readonly triggerType: string;

  /**
   * The schedule as a cron expression.
   *
   * @default - not scheduled
   */
  readonly schedule?: string;

  /**
   * Number of events that start the workflow.
   *
   * @default - not started by events
   */
  readonly batchSize?: number;

  /**
   * Time after the first event in which the workflow starts.
   *
   * @default - not started by events
   */
  readonly batchWindow?: Duration;

  /**
   * How often to look for objects that no run has taken in.
   *
   * @default - never
   */
  readonly checkInterval?: Duration;
}

/**
 * What starts the workflow of a lake.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/workflows_overview.html
 *
 * @example
 * new DataLakeAccelerator(this, 'Lake', {
 *   tables: [{ name: 'orders' }],
 *   start: WorkflowStart.hourly(),
 * });
 */
export class WorkflowStart {
  /**
   * Objects arrived under `tables/` of the first zone: an idle lake starts nothing and costs nothing.
   *
   * Events are gathered by Glue until a batch is full or its window is over. The workflow runs once at a time. AWS does not document what
   * becomes of a batch that is complete while a run is on, which is why the default window is AWS's longest: what arrives during a run of up
   * to 15 minutes waits in its window, and starts exactly one further run. Nor does AWS guarantee that Glue gets every event. But no object is
   * lost in any case: a run takes in every object that none before it has taken in, whichever events started it, and a daily check starts one
   * if objects wait (`checkInterval`).
   *
   * @see https://docs.aws.amazon.com/glue/latest/dg/starting-workflow-eventbridge.html
   */
  public static onNewData(options: OnNewDataOptions = {}): WorkflowStart {
    const batchSize = options.batchSize ?? 100;
    const batchWindow = options.batchWindow ?? Duration.minutes(15);
    // https://docs.aws.amazon.com/glue/latest/dg/blueprint_workflow_restrictions.html
    requireRange('batchSize', batchSize, 1, 100, ' events');
    requireDuration('batchWindow', batchWindow, Duration.seconds(1), Duration.minutes(15));
    if (!batchWindow.isUnresolved() && batchWindow.toMilliseconds() % 1000) {
      throw new Error(`batchWindow of ${batchWindow.toHumanString()} is not in whole seconds: AWS Glue counts seconds`);
    }
    const { checkInterval = Duration.days(1) } = options;
    if (checkInterval.toMilliseconds() === 0) return new WorkflowStart({ triggerType: 'EVENT', batchSize, batchWindow });
    requireDuration('checkInterval', checkInterval, Duration.hours(1), Duration.days(31));
    return new WorkflowStart({ triggerType: 'EVENT', batchSize, batchWindow, checkInterval });
  }

  /**
   * A cron schedule in UTC, at most every five minutes.
   *
   * @param schedule for example `events.Schedule.cron({ minute: '0', hour: '4' })`
   */
  public static schedule(schedule: events.Schedule): WorkflowStart {
    if (!schedule.expressionString.startsWith('cron(')) {
      throw new Error(`schedule "${schedule.expressionString}" is not a cron expression: AWS Glue has no rates, use events.Schedule.cron()`);
    }
    const minutes = minutesOf(schedule.expressionString);
    if (minutes.some((minute, index) => minute - minutes[index - 1] < 5)) {
      throw new Error(`schedule "${schedule.expressionString}" starts more often than every five minutes, which AWS Glue does not support: leave more time between`);
    }
    return new WorkflowStart({ triggerType: 'SCHEDULED', schedule: schedule.expressionString });
  }

  /** Every hour, on the hour. */
  public static hourly(): WorkflowStart {
    return WorkflowStart.schedule(events.Schedule.cron({ minute: '0' }));
  }

  /** Only when somebody starts it: `aws glue start-workflow-run`. */
  public static onDemand(): WorkflowStart {
    return new WorkflowStart({ triggerType: 'ON_DEMAND' });
  }

  private constructor(private readonly config: WorkflowStartConfig) {}

  /** Called by the construct that makes the workflow. */
  public bind(): WorkflowStartConfig {
    return this.config;
  }
}

/** The minutes of an hour that a cron expression names, in order: https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html */
function minutesOf(expression: string): number[] {
  const [, field] = /^cron\((\S+) /.exec(expression) ?? [];
  return Array.from({ length: 60 }, (_, minute) => minute).filter((minute) => (field ?? '').split(',').some((part) => {
    const [, from, to, step] = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? [];
    if (from === undefined) return false;
    const first = from === '*' ? 0 : Number(from);
    const last = Number(to ?? (from === '*' || step ? 59 : first));
    return minute >= first && minute <= last && (minute - first) % Number(step ?? 1) === 0;
  }));
}
