import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CuratedSinkConfig, CuratedSource, ICuratedSink } from '../../src';

/** Tells a queue that a curated table has been made, and where the catalog has it. */
export class TableQueue extends Construct implements ICuratedSink {
  public readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string, private readonly tables?: string[]) {
    super(scope, id);
    this.queue = new sqs.Queue(this, 'Queue', { enforceSSL: true });
  }

  public bind(source: CuratedSource): CuratedSinkConfig {
    for (const table of source.choose(this, this.tables)) {
      source.onCurated(this, table.tableName, [table], new targets.SqsQueue(this.queue, {
        message: events.RuleTargetInput.fromObject({ database: source.databaseName, table: table.catalogTableName }),
      }));
    }
    return {};
  }
}
