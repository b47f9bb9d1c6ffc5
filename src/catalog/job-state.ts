/**
 * The states in which a run of a Glue job reports an event.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html
 */
export enum JobState {
  /** The run ended well. */
  SUCCEEDED = 'SUCCEEDED',
  /** The run failed. */
  FAILED = 'FAILED',
  /** The run took longer than the job's timeout, and was stopped. */
  TIMEOUT = 'TIMEOUT',
  /** The run started. */
  STARTING = 'STARTING',
  /** The run is going on. */
  RUNNING = 'RUNNING',
  /** The run is being stopped. */
  STOPPING = 'STOPPING',
  /** The run was stopped. */
  STOPPED = 'STOPPED',
}

/**
 * How Glue counts a metric of a job.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/monitoring-awsglue-with-cloudwatch-metrics.html
 */
export enum JobMetricType {
  /** A value at a point in time. */
  GAUGE = 'gauge',
  /** A total since the last report. */
  COUNT = 'count',
}
