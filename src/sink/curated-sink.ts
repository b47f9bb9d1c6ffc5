import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { IConstruct } from 'constructs';
import { CuratedSource } from './curated-source';

/**
 * A store that curated tables are loaded into after their jobs have succeeded: a construct of the library (`QuickSightRedshift`), or one of your own.
 *
 * @see https://github.com/cdk-datalake-accelerator/cdk-datalake-accelerator/blob/main/docs/sinks.md
 *
 * @example
 * const network = new LakeNetwork(this, 'Network');
 * const sink: ICuratedSink = new QuickSightRedshift(this, 'Warehouse', { network: network.attachment() });
 * new DataLakeAccelerator(this, 'Lake', {
 *   tables: [{ name: 'order_items' }, { name: 'order_reviews' }, { name: 'closed_deals' }],
 *   curation: Curation.sellerPerformance(),
 *   sinks: [sink],
 * });
 */
export interface ICuratedSink extends IConstruct {
  /**
   * Makes what loads the tables. A lake calls it once for each of its `sinks`, when its tables and roles are there.
   *
   * @param source the curated tables, and what the lake has for those who load them
   */
  bind(source: CuratedSource): CuratedSinkConfig;
}

/**
 * What a lake watches of a sink.
 *
 * @example
 * declare const loader: lambda.Function;
 * const config: CuratedSinkConfig = { loaderErrors: loader.metricErrors() };
 */
export interface CuratedSinkConfig {
  /**
   * The number of loads that the store refused. One raises an alarm in a lake with monitoring.
   *
   * @default - no alarm
   */
  readonly failedLoads?: cloudwatch.Metric;

  /**
   * The number of times that the function which loads, or starts the loads, has failed. One raises an alarm in a lake with monitoring.
   *
   * @default - no alarm
   */
  readonly loaderErrors?: cloudwatch.Metric;
}
