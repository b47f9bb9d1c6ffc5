import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as quicksight from 'aws-cdk-lib/aws-quicksight';
import { Construct } from 'constructs';
import { athenaSql, DashboardQuery, inputColumns, QUERIES, redshiftSql } from './dashboard-data';
import { definitionOf } from './dashboard-definition';
import { DashboardImport, DashboardOptions, DashboardVia, validateDashboard } from './dashboard-options';
import { CLASSES } from '../access/classes';
import { DataClassification } from '../access/data-classification';
import { clear } from '../access/zone-classes';
import { JobState } from '../catalog/job-state';
import { ZonedGlueCatalog } from '../catalog/zoned-glue-catalog';
import { CuratedTrigger } from '../curation/curated-trigger';
import { allowWildcards } from '../private/nag';
import { requireProps } from '../private/validation';
import { AthenaWorkgroup } from '../query/athena-workgroup';
import { nameOf } from '../warehouse/quicksight-connection';
import { QuickSightRedshift } from '../warehouse/quicksight-redshift';
import { SELLER_PERFORMANCE } from '../warehouse/seller-performance';
import { WarehouseFunction } from '../warehouse/warehouse-function';
import { PORT } from '../warehouse/warehouse-network';

/**
 * Properties of `QuickSightDashboard`.
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * const props: QuickSightDashboardProps = {
 *   edition: QuickSightEdition.ENTERPRISE,
 *   groupArn: 'arn:aws:quicksight:eu-west-1:111122223333:group/default/sales',
 *   catalog: lake.catalog,
 *   curatedTables: lake.curatedTriggers,
 *   workgroup: lake.workgroup,
 * };
 */
export interface QuickSightDashboardProps extends DashboardOptions {
  /** The lake's catalog. */
  readonly catalog: ZonedGlueCatalog;

  /** The lake's curated tables, `seller_performance` among them. */
  readonly curatedTables: CuratedTrigger[];

  /** The workgroup of queries by Athena. */
  readonly workgroup: AthenaWorkgroup;

  /**
   * The lake's warehouse.
   *
   * @default - none: data comes by Athena
   */
  readonly warehouse?: QuickSightRedshift;

  /**
   * Whether the log of the function that refreshes the data goes with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/** What a reader, an author and who uses data may do: https://docs.aws.amazon.com/quicksight/latest/developerguide/permissions-for-resources.html */
const READS_DASHBOARD = ['quicksight:DescribeDashboard', 'quicksight:ListDashboardVersions', 'quicksight:QueryDashboard'];
const OWNS_ANALYSIS = [
  'quicksight:RestoreAnalysis', 'quicksight:UpdateAnalysisPermissions', 'quicksight:DeleteAnalysis', 'quicksight:DescribeAnalysisPermissions',
  'quicksight:QueryAnalysis', 'quicksight:DescribeAnalysis', 'quicksight:UpdateAnalysis',
];
const USES_DATA_SET = [
  'quicksight:DescribeDataSet', 'quicksight:DescribeDataSetPermissions', 'quicksight:PassDataSet', 'quicksight:DescribeIngestion', 'quicksight:ListIngestions',
];
const USES_DATA_SOURCE = ['quicksight:DescribeDataSource', 'quicksight:DescribeDataSourcePermissions', 'quicksight:PassDataSource'];

/**
 * A QuickSight dashboard of `seller_performance`: average review per seller and per SDR, number and value of deals per seller. A group sees it,
 * another one, if you like, owns the analysis. Its data is fetched again after each load.
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * new QuickSightDashboard(this, 'Dashboard', {
 *   edition: QuickSightEdition.ENTERPRISE,
 *   groupArn: 'arn:aws:quicksight:eu-west-1:111122223333:group/default/sales',
 *   catalog: lake.catalog,
 *   curatedTables: lake.curatedTriggers,
 *   workgroup: lake.workgroup,
 *   warehouse: lake.warehouse,
 * });
 */
export class QuickSightDashboard extends Construct {
  /** The data source. */
  public readonly dataSource: quicksight.CfnDataSource;

  /** The analysis. */
  public readonly analysis: quicksight.CfnAnalysis;

  /** The dashboard. */
  public readonly dashboard: quicksight.CfnDashboard;

  private readonly _dataSets: { readonly [query: string]: quicksight.CfnDataSet };

  constructor(scope: Construct, id: string, props: QuickSightDashboardProps) {
    super(scope, id);
    requireProps(this, props, 'edition', 'groupArn', 'catalog', 'curatedTables', 'workgroup');
    validateDashboard(props);
    const table = tableOf(props);
    const via = props.via ?? (props.warehouse ? DashboardVia.REDSHIFT : DashboardVia.ATHENA);
    if (via === DashboardVia.REDSHIFT && !props.warehouse?.tables.some(({ name }) => name === SELLER_PERFORMANCE)) {
      throw new Error(`the dashboard goes via Redshift, and the lake has no warehouse that loads ${SELLER_PERFORMANCE}: give it one, or use DashboardVia.ATHENA`);
    }
    const { account } = Stack.of(this);
    const title = props.title ?? 'Seller performance';

    this.dataSource = via === DashboardVia.REDSHIFT
      ? this.sourceOnRedshift(props.warehouse!, props, title)
      : this.sourceOnAthena(table, props, title);
    const database = props.catalog.databaseName(props.catalog.lastZone.zoneName);
    const sql = (query: string) => via === DashboardVia.REDSHIFT ? redshiftSql(query) : athenaSql(query, database, table.catalogTableName);
    this._dataSets = Object.fromEntries(QUERIES.map((query) => [query.query, this.dataSet(query, sql(query.query), props)]));
    const definition = definitionOf(Object.fromEntries(Object.entries(this._dataSets).map(([query, { attrArn }]) => [query, attrArn])), title);
    this.analysis = new quicksight.CfnAnalysis(this, 'Analysis', {
      awsAccountId: account,
      analysisId: `${nameOf(this)}-analysis`,
      name: title,
      definition,
      permissions: [{ principal: props.authorGroupArn ?? props.groupArn, actions: OWNS_ANALYSIS }],
    });
    this.dashboard = new quicksight.CfnDashboard(this, 'Dashboard', {
      awsAccountId: account,
      dashboardId: `${nameOf(this)}-dashboard`,
      name: title,
      definition,
      permissions: [{ principal: props.groupArn, actions: READS_DASHBOARD }],
    });
    this.node.defaultChild = this.dashboard;
    if ((props.dataImport ?? DashboardImport.SPICE) === DashboardImport.SPICE) this.refresh(via, table, props);
  }

  /** The data sets, in the order of their queries. */
  public get dataSets(): quicksight.CfnDataSet[] {
    return Object.values(this._dataSets);
  }

  private sourceOnRedshift(warehouse: QuickSightRedshift, { authorGroupArn, groupArn }: DashboardOptions, name: string): quicksight.CfnDataSource {
    const { connection, secret, ready } = warehouse._connectQuickSight();
    const source = new quicksight.CfnDataSource(this, 'DataSource', {
      awsAccountId: Stack.of(this).account,
      dataSourceId: `${nameOf(this)}-redshift`,
      name,
      type: 'REDSHIFT',
      dataSourceParameters: {
        redshiftParameters: {
          database: warehouse.databaseName,
          host: warehouse.host,
          // QuickSight wants a number, CloudFormation makes one of the text.
          port: PORT,
        },
      },
      credentials: { secretArn: secret.secretArn },
      vpcConnectionProperties: { vpcConnectionArn: connection.attrArn },
      sslProperties: { disableSsl: false },
      permissions: [{ principal: authorGroupArn ?? groupArn, actions: USES_DATA_SOURCE }],
    });
    // AWS tries the user as it makes the source.
    source.node.addDependency(ready, secret);
    return source;
  }

  private sourceOnAthena(table: CuratedTrigger, props: QuickSightDashboardProps, name: string): quicksight.CfnDataSource {
    const { account } = Stack.of(this);
    const role = new iam.Role(this, 'Role', {
      description: 'Queries the dashboard\'s table with Athena',
      assumedBy: new iam.ServicePrincipal('quicksight.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': account } } }),
    });
    clear(role, table.classification);
    const reads = props.catalog.grantRead(role, { zones: [props.catalog.lastZone.zoneName], tables: [SELLER_PERFORMANCE] });
    const grant = reads.combine(props.workgroup.grantRead(role));
    allowWildcards(role, { finding: /^Resource::.+\*$/, reason: 'It reads all files of the table, and the results of its queries.' });
    const source = new quicksight.CfnDataSource(this, 'DataSource', {
      awsAccountId: account,
      dataSourceId: `${nameOf(this)}-athena`,
      name,
      type: 'ATHENA',
      dataSourceParameters: { athenaParameters: { workGroup: props.workgroup.workgroupName, roleArn: role.roleArn } },
      sslProperties: { disableSsl: false },
      permissions: [{ principal: props.authorGroupArn ?? props.groupArn, actions: USES_DATA_SOURCE }],
    });
    grant.applyBefore(source);
    return source;
  }

  private dataSet(query: DashboardQuery, sqlQuery: string, props: DashboardOptions): quicksight.CfnDataSet {
    return new quicksight.CfnDataSet(this, `DataSet-${query.query}`, {
      awsAccountId: Stack.of(this).account,
      dataSetId: `${nameOf(this)}-${query.query}`,
      name: query.title,
      importMode: props.dataImport ?? DashboardImport.SPICE,
      // The first load may be hours away.
      ingestionWaitPolicy: { waitForSpiceIngestion: false },
      physicalTableMap: {
        query: { customSql: { dataSourceArn: this.dataSource.attrArn, name: query.query, sqlQuery, columns: inputColumns(query) } },
      },
      permissions: [{ principal: props.authorGroupArn ?? props.groupArn, actions: USES_DATA_SET }],
    });
  }

  /** Fetches QuickSight's copy again when there is something new. */
  private refresh(via: DashboardVia, table: CuratedTrigger, { warehouse, ephemeral }: QuickSightDashboardProps): void {
    const stack = Stack.of(this);
    const ids = Object.values(this._dataSets).map(({ dataSetId }) => dataSetId!);
    const { function: handler, role } = new WarehouseFunction(this, 'Refresh', {
      module: 'refresh',
      description: 'Lets QuickSight fetch the dashboard\'s data again',
      statements: [new iam.PolicyStatement({
        actions: ['quicksight:CreateIngestion'],
        resources: ids.map((dataSetId) => stack.formatArn({ service: 'quicksight', resource: 'dataset', resourceName: `${dataSetId}/ingestion/*` })),
      })],
      environment: { ACCOUNT: stack.account, DATA_SETS: JSON.stringify(ids) },
      ephemeral: ephemeral ?? false,
    });
    allowWildcards(role, { finding: /^Resource::.+\/ingestion\/\*$/, reason: 'Each refresh is an ingestion with an id of its own.' });
    const rule = new events.Rule(this, 'Loaded', {
      description: 'The dashboard has new data',
      eventPattern: via === DashboardVia.REDSHIFT ? {
        source: ['aws.redshift-data'],
        detailType: ['Redshift Data Statement Status Change'],
        detail: { statementName: [`${warehouse!._statementName}${SELLER_PERFORMANCE}`], state: ['FINISHED'] },
      } : {
        source: ['aws.glue'],
        detailType: ['Glue Job State Change'],
        detail: { jobName: [table.job.jobName], state: [JobState.SUCCEEDED] },
      },
      targets: [{ bind: () => ({ arn: handler.functionArn }) }],
    });
    handler.addPermission('Loaded', { principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn: rule.ruleArn });
  }
}

/** Returns the dashboard's table, which its audience may see. */
function tableOf({ curatedTables, audience = DataClassification.PROPRIETARY }: QuickSightDashboardProps): CuratedTrigger {
  const table = curatedTables.find(({ tableName }) => tableName === SELLER_PERFORMANCE);
  if (!table) throw new Error(`the dashboard shows ${SELLER_PERFORMANCE}, which the lake has not: add Curation.sellerPerformance(), or leave dashboard out`);
  if (CLASSES.indexOf(table.classification) > CLASSES.indexOf(audience)) {
    throw new Error(`the dashboard shows ${SELLER_PERFORMANCE}, which is ${table.classification}, to an audience for ${audience} data: QuickSight reads with a role of its own, `
      + 'past what a viewer is cleared for; set audience if everyone in the group may see it, or leave dashboard out');
  }
  return table;
}
