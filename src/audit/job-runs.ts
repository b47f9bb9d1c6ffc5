import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { EtlJob } from '../catalog/etl-job';
import { JobState } from '../catalog/job-state';
import { NAMES_IN_PATTERN, lengthInPattern } from '../private/job-names';

/**
 * Counts the runs of jobs that reach certain states, by rules without a target: EventBridge counts how often each matched. Glue itself has no
 * metric for a failed run.
 *
 * https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export class JobRuns extends Construct {
  private readonly rules: { readonly rule: events.Rule; length: number }[] = [];

  constructor(scope: Construct, id: string, private readonly description: string, private readonly states: JobState[]) {
    super(scope, id);
  }

  /** Adds a job. Returns the metric of a rule that this job was the first one for. */
  public add(job: EtlJob): cloudwatch.Metric | undefined {
    const length = lengthInPattern(job);
    const last = this.rules[this.rules.length - 1];
    if (last && last.length + length <= NAMES_IN_PATTERN) {
      last.length += length;
      last.rule.addEventPattern({ detail: { jobName: [job.jobName] } });
      return undefined;
    }
    const rule = new events.Rule(this, `Rule${this.rules.length + 1}`, {
      description: this.description,
      eventPattern: {
        source: ['aws.glue'],
        detailType: ['Glue Job State Change'],
        detail: { jobName: [job.jobName], state: this.states },
      },
    });
    this.rules.push({ rule, length });
    return metricOf(rule);
  }

  /** The number of runs, one metric for each rule. */
  public metrics(): cloudwatch.Metric[] {
    return this.rules.map(({ rule }) => metricOf(rule));
  }
}

function metricOf(rule: events.Rule): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Events', metricName: 'TriggeredRules', dimensionsMap: { RuleName: rule.ruleName }, statistic: cloudwatch.Stats.SUM,
  });
}
