import { Duration } from 'aws-cdk-lib';

/**
 * Size of a worker of a Glue job.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
 */
export enum GlueWorkerType {
  /** 4 vCPU, 16 GB memory, 1 DPU. */
  G_1X = 'G.1X',
  /** 8 vCPU, 32 GB memory, 2 DPU. */
  G_2X = 'G.2X',
  /** 16 vCPU, 64 GB memory, 4 DPU. */
  G_4X = 'G.4X',
  /** 32 vCPU, 128 GB memory, 8 DPU. */
  G_8X = 'G.8X',
}

/**
 * The version of AWS Glue, which decides those of Spark and Python.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/release-notes.html
 */
export enum GlueVersion {
  /** Spark 3.5.4, Python 3.11, Java 17. */
  V5_0 = '5.0',
  /** Spark 3.5.6, Python 3.11, Java 17. */
  V5_1 = '5.1',
}

/**
 * Which machines a Glue job runs on.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/add-job.html
 *
 * @example
 * const nightly: JobSettings = { executionClass: GlueExecutionClass.FLEX };
 */
export enum GlueExecutionClass {
  /** Machines that are there at once. */
  STANDARD = 'STANDARD',
  /** Spare machines, for a third less: a run may wait for them, and takes longer when it loses some. */
  FLEX = 'FLEX',
}

/**
 * Settings of a Glue job.
 *
 * @example
 * const job: JobSettings = { workerType: GlueWorkerType.G_2X, numberOfWorkers: 5, timeout: Duration.minutes(30) };
 */
export interface JobSettings {
  /**
   * Size of a worker.
   *
   * @default GlueWorkerType.G_1X
   */
  readonly workerType?: GlueWorkerType;

  /**
   * Number of workers, the driver included: at least 2. With `autoScaling` the most.
   *
   * @default 2
   */
  readonly numberOfWorkers?: number;

  /**
   * Whether Glue adds and removes workers as the job needs them, and bills those that are there.
   *
   * @default false - a job keeps all of its workers until it ends
   * @see https://docs.aws.amazon.com/glue/latest/dg/auto-scaling.html
   */
  readonly autoScaling?: boolean;

  /**
   * Which machines the job runs on.
   *
   * @default GlueExecutionClass.STANDARD
   */
  readonly executionClass?: GlueExecutionClass;

  /**
   * The version of AWS Glue.
   *
   * @default GlueVersion.V5_1
   */
  readonly glueVersion?: GlueVersion;

  /**
   * A run that takes longer is stopped: whole minutes, at most 7 days.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;

  /**
   * How often a failed run is started again. A repeat adds nothing twice.
   *
   * @default 0 - a run that the account's limits do not let start yet waits, which AWS Glue does only for jobs without retries
   * @see https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html
   */
  readonly maxRetries?: number;

  /**
   * Whether Glue remembers which files the job's script has read through a DynamicFrame, so that its next run reads new ones only. For
   * scripts of your own: those of the library keep manifests instead, which a failed run does not move.
   *
   * @default false
   * @see https://docs.aws.amazon.com/glue/latest/dg/monitor-continuations.html
   */
  readonly bookmarks?: boolean;

  /**
   * Further arguments of the job, keys beginning with `--`. Keys that the construct manages are refused.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
   */
  readonly defaultArguments?: { [key: string]: string };
}
