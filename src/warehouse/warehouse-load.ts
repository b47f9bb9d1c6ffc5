import { Names, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SELLER_PERFORMANCE, sellerPerformanceViews, USUAL_SORT_KEY } from './seller-performance';
import { dataApi, temporaryCredentials } from './warehouse-access';
import { WarehouseEndpoint } from './warehouse-compute';
import { WarehouseFunction } from './warehouse-function';
import { TableDistribution, WarehouseTable } from './warehouse-table';
import { JobState } from '../catalog/job-state';
import { ZonedGlueCatalog } from '../catalog/zoned-glue-catalog';
import { CuratedTrigger } from '../curation/curated-trigger';
import { letEventBridgeSend } from '../private/event-letters';

/** Lambda's limit of all variables, and room for the others: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LONGEST_TABLES = 4096 - 700;

export interface WarehouseLoadProps {
  readonly catalog: ZonedGlueCatalog;
  readonly tables: WarehouseTable[];
  readonly curatedTables: CuratedTrigger[];
  readonly endpoint: WarehouseEndpoint;
  readonly databaseName: string;
  readonly copyRole: iam.IRole;
  readonly deadLetterQueue: sqs.IQueue;
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
    const { catalog, endpoint, deadLetterQueue } = props;
    this.statementName = `${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}/`;
    const curated = (name: string) => props.curatedTables.find(({ tableName }) => tableName === name)!;
    const database = catalog.databaseName(catalog.lastZone.zoneName);
    const tables = props.tables.map((table) => ({
      ...settingsOf(table), job: curated(table.name).job.jobName, database, catalogTable: curated(table.name).catalogTableName,
    }));
    const text = Stack.of(this).toJsonString(tables);
    this.node.addValidation({ validate: () => tooLong(JSON.stringify(Stack.of(this).resolve(tables)).length) });
    const loader = new WarehouseFunction(this, 'Loader', {
      module: 'load',
      description: 'Loads curated tables into the warehouse',
      statements: [
        new iam.PolicyStatement({ actions: ['glue:GetTable'], resources: catalog.tableArns(catalog.lastZone.zoneName, props.tables.map(({ name }) => name)) }),
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

    this.succeeded = new events.Rule(this, 'Succeeded', {
      description: 'Curated tables have been made: the warehouse loads them',
      eventPattern: {
        source: ['aws.glue'],
        detailType: ['Glue Job State Change'],
        detail: { jobName: tables.map(({ job }) => job), state: [JobState.SUCCEEDED] },
      },
      targets: [{ bind: () => ({ arn: loader.function.functionArn, deadLetterConfig: { arn: deadLetterQueue.queueArn } }) }],
    });
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
    for (const rule of [this.succeeded, this.failed]) letEventBridgeSend(deadLetterQueue, rule);
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
  return [`the tables of the warehouse and their views are ${length} characters: Lambda takes ${LONGEST_TABLES} of them; make views yourself, or load fewer tables`];
}
