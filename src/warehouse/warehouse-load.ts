import { Names, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { SELLER_PERFORMANCE, sellerPerformanceViews, USUAL_SORT_KEY } from './seller-performance';
import { dataApi, temporaryCredentials } from './warehouse-access';
import { WarehouseEndpoint } from './warehouse-compute';
import { WarehouseFunction } from './warehouse-function';
import { TableDistribution, WarehouseTable } from './warehouse-table';
import { letEventBridgeSend } from '../private/event-letters';
import { CuratedSource } from '../sink/curated-source';

/** Lambda's limit of all variables, and room for the others: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LONGEST_TABLES = 4096 - 700;

export interface WarehouseLoadProps {
  readonly source: CuratedSource;
  readonly tables: WarehouseTable[];
  readonly endpoint: WarehouseEndpoint;
  readonly databaseName: string;
  readonly copyRole: iam.IRole;
  readonly ephemeral: boolean;
}

/** Loads a table after its job has succeeded. What fails, in the function or in the warehouse, is a dead letter. */
export class WarehouseLoad extends Construct {
  public readonly role: iam.Role;
  public readonly loader: lambda.IFunction;
  public readonly succeeded: events.Rule;
  public readonly failed: events.Rule;
  /** What the names of the statements begin with. */
  public readonly statementName: string;

  constructor(scope: Construct, id: string, props: WarehouseLoadProps) {
    super(scope, id);
    const { source, endpoint } = props;
    const { deadLetterQueue } = source;
    this.statementName = `${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}/`;
    const curated = source.choose(scope, props.tables.map(({ name }) => name));
    const tables = props.tables.map((table, index) => ({
      ...settingsOf(table), job: curated[index].job.jobName, database: source.databaseName, catalogTable: curated[index].catalogTableName,
    }));
    const text = Stack.of(this).toJsonString(tables);
    this.node.addValidation({ validate: () => tooLong(source._lengthOf(JSON.stringify(tables), curated)) });
    const loader = new WarehouseFunction(this, 'Loader', {
      module: 'load',
      description: 'Loads curated tables into the warehouse',
      statements: [
        source._entries(curated),
        dataApi(endpoint, 'BatchExecuteStatement', 'DescribeTable'),
        temporaryCredentials(this, endpoint, props.databaseName),
      ],
      environment: {
        TABLES: text,
        TARGET: Stack.of(this).toJsonString(endpoint.target),
        DATABASE: props.databaseName,
        COPY_ROLE: props.copyRole.roleArn,
        STATEMENT_NAME: this.statementName,
      },
      deadLetterQueue,
      ephemeral: props.ephemeral,
    });
    this.role = loader.role;
    this.loader = loader.function;

    this.succeeded = source.onCurated(this, 'Succeeded', curated, { bind: () => ({ arn: loader.function.functionArn }) });
    loader.function.addPermission('Succeeded', { principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn: this.succeeded.ruleArn });
    // https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-monitoring-events.html
    this.failed = new events.Rule(this, 'Failed', {
      description: 'The warehouse could not load a curated table',
      eventPattern: {
        source: ['aws.redshift-data'],
        detailType: ['Redshift Data Statement Status Change'],
        detail: { statementName: events.Match.prefix(this.statementName), state: ['FAILED', 'ABORTED'] },
      },
      targets: [{ bind: () => ({ arn: deadLetterQueue.queueArn }) }],
    });
    letEventBridgeSend(deadLetterQueue, this.failed);
  }
}

function settingsOf({ name, distribution, distributionKey, sortKey, views }: WarehouseTable) {
  const isKnown = name === SELLER_PERFORMANCE;
  return {
    name,
    distribution: distribution ?? (distributionKey === undefined ? TableDistribution.EVEN : TableDistribution.KEY),
    distributionKey,
    sortKey,
    usualSortKey: sortKey === undefined && isKnown ? USUAL_SORT_KEY : undefined,
    views: views ?? (isKnown ? sellerPerformanceViews() : {}),
  };
}

function tooLong(length: number): string[] {
  if (length <= LONGEST_TABLES) return [];
  return [`the tables of the warehouse and their views have up to ${length} characters: Lambda takes ${LONGEST_TABLES} of them; make views yourself, or load fewer tables`];
}
