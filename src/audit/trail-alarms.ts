import { Names } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { FIVE_MINUTES, makeAlarm } from './alarms';

/** What in the trail raises an alarm. */
interface TrailEvent {
  readonly id: string;
  readonly pattern: string;
  readonly description: string;
  readonly section: string;
}

/** Patterns of the CIS AWS Foundations Benchmark, as Security Hub checks them: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html */
const EVENTS: readonly TrailEvent[] = [
  {
    id: 'RootUse', // CloudWatch.1
    pattern: '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
    description: 'The root user did something. If nobody of you did, secure the account: change its password, delete its keys.',
    section: 'The root user was used',
  },
  {
    id: 'TrailChanged', // CloudWatch.5
    pattern: any('eventName', ['CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging']),
    description: 'A trail was changed or stopped. Find out who did it, and start it again.',
    section: 'A trail was changed or stopped',
  },
  {
    id: 'KeyDeletion', // CloudWatch.7
    pattern: `{($.eventSource=kms.amazonaws.com) && (${equal('eventName', ['DisableKey', 'ScheduleKeyDeletion'])})}`,
    description: 'A key was disabled or is to be deleted: its data would be lost for ever. Cancel the deletion if it is not meant.',
    section: 'A key is to be deleted',
  },
  {
    id: 'BucketPolicyChanged', // CloudWatch.8
    pattern: `{($.eventSource=s3.amazonaws.com) && (${equal('eventName', [
      'PutBucketAcl', 'PutBucketPolicy', 'PutBucketCors', 'PutBucketLifecycle', 'PutBucketReplication',
      'DeleteBucketPolicy', 'DeleteBucketCors', 'DeleteBucketLifecycle', 'DeleteBucketReplication',
    ])})}`,
    description: 'The policy of a bucket was changed. If no deployment did it, deploy the lake again.',
    section: 'A bucket policy was changed',
  },
  {
    id: 'DeniedCalls', // CloudWatch.2
    pattern: '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    description: 'Many calls were denied within five minutes. See who tries what: a deployment that lacks a right, or an intruder.',
    section: 'Many calls are denied',
  },
];

/** Makes a metric filter and an alarm for each thing that must not happen unseen. */
export function makeTrailAlarms(scope: Construct, logGroup: logs.ILogGroup, topic: sns.ITopic, deniedThreshold: number): cloudwatch.Alarm[] {
  const metricNamespace = `DataLakeAudit/${Names.uniqueResourceName(scope, { maxLength: 200, separator: '-' })}`;
  return EVENTS.map(({ id, pattern, description, section }) => {
    const filter = new logs.MetricFilter(scope, `${id}Filter`, {
      logGroup, filterPattern: logs.FilterPattern.literal(pattern), metricNamespace, metricName: id, metricValue: '1',
    });
    return makeAlarm(scope, id, topic, {
      metric: filter.metric({ statistic: cloudwatch.Stats.SUM, period: FIVE_MINUTES }),
      threshold: id === 'DeniedCalls' ? deniedThreshold : 1,
      description,
      section,
    });
  });
}

function any(field: string, values: string[]): string {
  return `{${equal(field, values)}}`;
}

function equal(field: string, values: string[]): string {
  return values.map((value) => `($.${field}=${value})`).join(' || ');
}
