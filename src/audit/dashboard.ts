import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LandedRows } from './landed-rows';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { DataStream } from '../zone/data-stream';

/** What a dashboard shows. */
export interface DashboardProps {
  readonly zones: IDataLakeZone[];
  readonly streams: DataStream[];
  readonly deadLetterQueue: sqs.IQueue;
  readonly failed: cloudwatch.Metric[];
  readonly succeeded: cloudwatch.Metric[];
  readonly landed?: LandedRows;
  readonly alarms: cloudwatch.Alarm[];
}

const DAY = Duration.days(1);

/** Makes the dashboard of a lake: its alarms, and how data goes through it. */
export function makeDashboard(scope: Construct, id: string, props: DashboardProps): cloudwatch.Dashboard {
  const { streams, landed } = props;
  return new cloudwatch.Dashboard(scope, id, {
    widgets: [
      [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', width: 24, alarms: props.alarms })],
      [
        graph('Objects by zone (daily)', props.zones.map(objectsOf)),
        graph('Bytes by zone (daily)', props.zones.map(bytesOf)),
      ],
      ...streams.length ? [[
        graph('Age of the oldest message (s)', streams.map((stream) => stream.queue.metricApproximateAgeOfOldestMessage({ label: nameOf(stream) }))),
        graph('Messages waiting', streams.map((stream) => stream.queue.metricApproximateNumberOfMessagesVisible({ label: nameOf(stream) }))),
      ], [
        graph('Function errors', streams.map((stream) => stream.function.metricErrors({ label: nameOf(stream) }))),
        graph('Function duration, p95 (ms)', streams.map((stream) => stream.function.metricDuration({ label: nameOf(stream), statistic: 'p95' }))),
      ]] : [],
      [
        graph('Dead letters', [props.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'dead letters', statistic: cloudwatch.Stats.MAXIMUM })]),
        ...props.failed.length ? [graph('Job runs', [sum('succeeded', 's', props.succeeded), sum('failed', 'f', props.failed)])] : [],
      ],
      ...landed ? [[
        graph('Rows', [landed.metricIn({ label: 'read' }), landed.metricQuarantined({ label: 'quarantined' })]),
        graph('Rows quarantined, highest share of a run (%)', [landed.metricPercent({ label: 'percent' })]),
      ]] : [],
    ],
  });
}

function graph(title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: 12, leftYAxis: { min: 0 } });
}

function nameOf(stream: DataStream): string {
  return stream.streamName;
}

/** S3 reports both once a day, at no charge: https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html */
function objectsOf({ zoneName, bucket }: IDataLakeZone): cloudwatch.IMetric {
  return new cloudwatch.Metric({
    namespace: 'AWS/S3',
    metricName: 'NumberOfObjects',
    dimensionsMap: { BucketName: bucket.bucketName, StorageType: 'AllStorageTypes' },
    statistic: cloudwatch.Stats.AVERAGE,
    period: DAY,
    label: zoneName,
  });
}

/** The bytes of all storage classes: S3 has a metric for each, and none for them together. */
function bytesOf({ zoneName, bucket }: IDataLakeZone): cloudwatch.IMetric {
  const search = `{AWS/S3,BucketName,StorageType} BucketName="${bucket.bucketName}" MetricName="BucketSizeBytes"`;
  return new cloudwatch.MathExpression({ expression: `SUM(SEARCH('${search}', 'Average', ${DAY.toSeconds()}))`, label: zoneName, period: DAY });
}

function sum(label: string, prefix: string, metrics: cloudwatch.Metric[]): cloudwatch.IMetric {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`${prefix}${index}`, metric]));
  return new cloudwatch.MathExpression({ expression: Object.keys(usingMetrics).map((key) => `FILL(${key}, 0)`).join(' + '), usingMetrics, label });
}
