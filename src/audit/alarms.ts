import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** The page that every alarm's description ends with: a section an alarm. */
export const OPERATIONS = 'https://github.com/cdk-datalake-accelerator/cdk-datalake-accelerator/blob/main/docs/operations.md';

/** What an alarm watches, and what somebody has to do about it. */
export interface AlarmDefinition {
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  /** What has happened, and the first thing to do. */
  readonly description: string;
  /** Heading of the section in docs/operations.md. */
  readonly section: string;
  /** @default 1 */
  readonly evaluationPeriods?: number;
  /** @default - at least the threshold */
  readonly operator?: cloudwatch.ComparisonOperator;
  /** @default - no data is no news */
  readonly missing?: cloudwatch.TreatMissingData;
}

/** Makes an alarm that tells a topic as it is raised, and as it is over. */
export function makeAlarm(scope: Construct, id: string, topic: sns.ITopic, definition: AlarmDefinition): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, id, {
    metric: definition.metric,
    threshold: definition.threshold,
    evaluationPeriods: definition.evaluationPeriods ?? 1,
    comparisonOperator: definition.operator ?? cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: definition.missing ?? cloudwatch.TreatMissingData.NOT_BREACHING,
    alarmDescription: `${definition.description} ${OPERATIONS}#${anchorOf(definition.section)}`,
  });
  const action = new actions.SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  return alarm;
}

/** What CloudWatch takes for the period of an alarm on a metric that comes each minute. */
export const FIVE_MINUTES = Duration.minutes(5);

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replace(/[^a-z0-9 -]/g, '').replace(/ /g, '-');
}
