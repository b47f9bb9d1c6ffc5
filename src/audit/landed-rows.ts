import { Names } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { EtlJob } from '../catalog/etl-job';

/** The line that a table's job prints for metric filters: this mark and these numbers, with spaces between. */
export const METRIC_LINE = {
  mark: 'LAKE_METRICS',
  fields: ['table', 'rows_in', 'rows_out', 'rows_quarantined', 'quarantined_percent'],
} as const;

type Field = typeof METRIC_LINE.fields[number];

/** What is counted, and the metric's name. Each costs as a custom metric does while there are runs. */
const METRICS: readonly { readonly name: string; readonly field: Field }[] = [
  { name: 'RowsIn', field: 'rows_in' },
  { name: 'RowsQuarantined', field: 'rows_quarantined' },
  { name: 'QuarantinedPercent', field: 'quarantined_percent' },
];

/**
 * Counts rows by metric filters on what the tables' jobs print: a job may put metrics into Glue's own namespace only. One metric for the whole
 * lake, whatever the number of tables.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
 */
export class LandedRows extends Construct {
  private readonly namespace: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.namespace = `DataLake/${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}`;
  }

  /** Counts the rows of a table's job. */
  public add(name: string, job: EtlJob): void {
    for (const { name: metricName, field } of METRICS) {
      new logs.MetricFilter(this, `${name}-${metricName}`, {
        logGroup: job.logGroup,
        filterPattern: logs.FilterPattern.spaceDelimited('mark', ...METRIC_LINE.fields).whereString('mark', '=', METRIC_LINE.mark),
        metricNamespace: this.namespace,
        metricName,
        metricValue: `$${field}`,
      });
    }
  }

  public metricIn(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('RowsIn', cloudwatch.Stats.SUM, options);
  }

  public metricQuarantined(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('RowsQuarantined', cloudwatch.Stats.SUM, options);
  }

  /** The run with the highest share. */
  public metricPercent(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('QuarantinedPercent', cloudwatch.Stats.MAXIMUM, options);
  }

  private metric(metricName: string, statistic: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({ namespace: this.namespace, metricName, statistic, ...options });
  }
}
