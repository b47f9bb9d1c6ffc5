import { Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import {
  Curation, DashboardImport, DashboardOptions, DashboardVia, DataClassification, JobScript, LakeNetwork, QuickSightEdition, Warehouse,
} from '../../src';
import { lakeIn } from '../audit/support';
import { nagErrors } from '../private/nag';
import { OLIST } from '../warehouse/support';
import { newStack, template } from '../zone/helpers';

const GROUP = 'arn:aws:quicksight:eu-west-1:111122223333:group/default/sales';
const AUTHORS = 'arn:aws:quicksight:eu-west-1:111122223333:group/default/authors';
const REQUIRED: DashboardOptions = { edition: QuickSightEdition.ENTERPRISE, groupArn: GROUP };

function dashboardOf(options: Partial<DashboardOptions> = {}, { compute, curation }: { compute?: Warehouse; curation?: Curation } = {}) {
  const stack = newStack();
  const warehouse = compute && { network: new LakeNetwork(stack, 'Network').attachment(), compute };
  const dashboard = { ...REQUIRED, ...options };
  const lake = lakeIn(stack, { tables: OLIST, curation: curation ?? Curation.sellerPerformance(), warehouse, dashboard });
  return { stack, lake, dashboard: lake.dashboard! };
}

const viaRedshift = (options: Partial<DashboardOptions> = {}) => dashboardOf(options, { compute: Warehouse.serverless() });

/** The default dashboards of the tests that only look, each made once. */
const MADE = new Map<typeof dashboardOf, ReturnType<typeof dashboardOf>>();
function seen(make: typeof dashboardOf): ReturnType<typeof dashboardOf> {
  const made = MADE.get(make) ?? make();
  MADE.set(make, made);
  return made;
}

function all(stack: Stack, type: string): any[] {
  return Object.values(template(stack).findResources(type)).map(({ Properties }) => Properties);
}

test('none by default', () => {
  const stack = newStack();
  expect(lakeIn(stack).dashboard).toBeUndefined();
  expect(all(stack, 'AWS::QuickSight::Dashboard')).toEqual([]);
});

describe.each([['Redshift', viaRedshift], ['Athena', dashboardOf]])('via %s', (_, make) => {
  test('an analysis and a dashboard with the same four visuals', () => {
    const { stack } = seen(make);
    const [dashboard] = all(stack, 'AWS::QuickSight::Dashboard');
    const [analysis] = all(stack, 'AWS::QuickSight::Analysis');
    expect(dashboard.Definition).toEqual(analysis.Definition);
    expect(dashboard.Name).toBe('Seller performance');
    const visuals = dashboard.Definition.Sheets[0].Visuals.map(({ BarChartVisual }: any) => BarChartVisual);
    expect(visuals.map(({ Title }: any) => Title.FormatText.PlainText)).toEqual([
      'Average review per seller', 'Average review per SDR', 'Deals per seller', 'Deal value per seller',
    ]);
    const declared = dashboard.Definition.DataSetIdentifierDeclarations.map(({ Identifier }: any) => Identifier);
    for (const { ChartConfiguration: { FieldWells: { BarChartAggregatedFieldWells: { Category, Values } } } } of visuals) {
      const columns = [Category[0].CategoricalDimensionField.Column, Values[0].NumericalMeasureField.Column];
      for (const { DataSetIdentifier, ColumnName } of columns) {
        expect(declared).toContain(DataSetIdentifier);
        const [set] = all(stack, 'AWS::QuickSight::DataSet').filter(({ PhysicalTableMap }) => PhysicalTableMap.query.CustomSql.Name === DataSetIdentifier);
        expect(set.PhysicalTableMap.query.CustomSql.Columns.map(({ Name }: any) => Name)).toContain(ColumnName);
      }
    }
  });

  test('a group sees the dashboard; it owns the analysis, unless another one does', () => {
    const granted = (stack: Stack, type: string) => all(stack, type).map(({ Permissions }) => Permissions.map(({ Principal }: any) => Principal));
    const { stack } = seen(make);
    expect(all(stack, 'AWS::QuickSight::Dashboard')[0].Permissions).toEqual([{
      Principal: GROUP, Actions: ['quicksight:DescribeDashboard', 'quicksight:ListDashboardVersions', 'quicksight:QueryDashboard'],
    }]);
    expect(granted(stack, 'AWS::QuickSight::Analysis')).toEqual([[GROUP]]);
    const other = make({ authorGroupArn: AUTHORS }).stack;
    expect(granted(other, 'AWS::QuickSight::Dashboard')).toEqual([[GROUP]]);
    expect(granted(other, 'AWS::QuickSight::Analysis')).toEqual([[AUTHORS]]);
    expect(granted(other, 'AWS::QuickSight::DataSet')).toEqual([[AUTHORS], [AUTHORS], [AUTHORS]]);
    expect(granted(other, 'AWS::QuickSight::DataSource')).toEqual([[AUTHORS]]);
  });

  test('SPICE by default, fetched again after each load; the first load is not waited for', () => {
    const { stack, dashboard } = seen(make);
    const sets = all(stack, 'AWS::QuickSight::DataSet');
    expect(sets.map(({ ImportMode, IngestionWaitPolicy }) => [ImportMode, IngestionWaitPolicy])).toEqual(
      sets.map(() => ['SPICE', { WaitForSpiceIngestion: false }]));
    template(stack).hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'refresh.handler', Environment: { Variables: { DATA_SETS: stack.resolve(JSON.stringify(dashboard.dataSets.map(({ dataSetId }) => dataSetId))) } },
    });
  });

  test('direct queries need no refresh', () => {
    const { stack } = make({ dataImport: DashboardImport.DIRECT_QUERY });
    expect(all(stack, 'AWS::QuickSight::DataSet').map(({ ImportMode }) => ImportMode)).toEqual(Array(3).fill('DIRECT_QUERY'));
    expect(Object.keys(template(stack).findResources('AWS::Lambda::Function', { Properties: { Handler: 'refresh.handler' } }))).toEqual([]);
  });

  test('a title', () => {
    expect(all(make({ title: 'Sellers' }).stack, 'AWS::QuickSight::Dashboard')[0].Name).toBe('Sellers');
  });

  test('cdk-nag finds nothing', () => {
    expect(nagErrors(make().stack)).toEqual([]);
  });
});

describe('via Redshift', () => {
  test('by the VPC, by TLS, as a user of a secret, who is there before', () => {
    const { stack, lake } = seen(viaRedshift);
    const [source] = Object.values(template(stack).findResources('AWS::QuickSight::DataSource'));
    const [secretId] = Object.keys(template(stack).findResources('AWS::SecretsManager::Secret'));
    const [connectionId] = Object.keys(template(stack).findResources('AWS::QuickSight::VPCConnection'));
    const [databaseId, database] = Object.entries(template(stack).findResources('Custom::DataLakeWarehouseDatabase'))[0];
    expect(source.Properties).toMatchObject({
      Type: 'REDSHIFT',
      DataSourceParameters: { RedshiftParameters: { Database: 'lake', Host: stack.resolve(lake.warehouse!.host) } },
      Credentials: { SecretArn: { Ref: secretId } },
      VpcConnectionProperties: { VpcConnectionArn: { 'Fn::GetAtt': [connectionId, 'Arn'] } },
      SslProperties: { DisableSsl: false },
    });
    expect(source.DependsOn).toContain(databaseId);
    expect(database.Properties.ReaderSecrets).toEqual([{ Ref: secretId }]);
  });

  test('QuickSight reaches Redshift\'s port, and Redshift may answer', () => {
    const { stack } = seen(viaRedshift);
    const groups = template(stack).findResources('AWS::EC2::SecurityGroup');
    const idOf = (description: string) => Object.keys(groups).find((id) => groups[id].Properties.GroupDescription === description)!;
    const [quickSight, warehouse] = [idOf('Data lake: QuickSight in the VPC'), idOf('Data lake: warehouse')]
      .map((id) => ({ 'Fn::GetAtt': [id, 'GroupId'] }));
    const ingress = all(stack, 'AWS::EC2::SecurityGroupIngress').map(({ GroupId, SourceSecurityGroupId, FromPort, ToPort }) =>
      ({ GroupId, SourceSecurityGroupId, FromPort, ToPort }));
    expect(ingress).toHaveLength(2);
    expect(ingress).toContainEqual({ GroupId: warehouse, SourceSecurityGroupId: quickSight, FromPort: 5439, ToPort: 5439 });
    expect(ingress).toContainEqual({ GroupId: quickSight, SourceSecurityGroupId: warehouse, FromPort: 0, ToPort: 65535 });
    expect(all(stack, 'AWS::QuickSight::VPCConnection')[0].SubnetIds).toHaveLength(3);
  });

  test('a refresh after the load has ended', () => {
    const { stack } = seen(viaRedshift);
    const [rule] = all(stack, 'AWS::Events::Rule').filter(({ EventPattern }) => EventPattern?.detail?.state?.[0] === 'FINISHED');
    expect(rule.EventPattern.detail.statementName).toEqual([expect.stringMatching(/.+\/seller_performance$/)]);
  });

  test('the views of the warehouse', () => {
    expect(all(seen(viaRedshift).stack, 'AWS::QuickSight::DataSet').map((set) => set.PhysicalTableMap.query.CustomSql.SqlQuery)).toEqual([
      'SELECT * FROM lake.average_review_per_seller', 'SELECT * FROM lake.average_review_per_sdr', 'SELECT * FROM lake.deals_and_value_per_seller',
    ]);
  });

  test('a cluster, too', () => {
    expect(nagErrors(dashboardOf({}, { compute: Warehouse.provisioned() }).stack)).toEqual([]);
  });
});

describe('via Athena', () => {
  test('in the lake\'s workgroup, with a role that reads the one table', () => {
    const { stack, lake } = seen(dashboardOf);
    const [source] = all(stack, 'AWS::QuickSight::DataSource');
    expect(source.Type).toBe('ATHENA');
    const WorkGroup = stack.resolve(lake.workgroup.workgroupName);
    expect(source.DataSourceParameters.AthenaParameters).toEqual({ WorkGroup, RoleArn: expect.anything() });
    expect(all(stack, 'AWS::QuickSight::VPCConnection')).toEqual([]);
    expect(JSON.stringify(all(stack, 'AWS::QuickSight::DataSet')[0].PhysicalTableMap)).toMatch(/FROM ..".*\.?.*curated_seller_performance/);
  });

  test('for a lake with a warehouse, on request', () => {
    expect(all(viaRedshift({ via: DashboardVia.ATHENA }).stack, 'AWS::QuickSight::DataSource')[0].Type).toBe('ATHENA');
  });

  test('a refresh after the job has succeeded', () => {
    const { stack, lake } = seen(dashboardOf);
    template(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({
        source: ['aws.glue'], detail: { jobName: [stack.resolve(lake.curatedTrigger!.job.jobName)], state: ['SUCCEEDED'] },
      }),
    });
  });
});

describe('what is refused', () => {
  test.each<[string, Partial<DashboardOptions>, string]>([
    ['the Standard edition', { edition: QuickSightEdition.STANDARD }, 'needs QuickSight\'s Enterprise edition, got STANDARD'],
    ['a user instead of a group', { groupArn: GROUP.replace('group', 'user') }, 'groupArn of the dashboard is "arn:aws:quicksight:eu-west-1:111122223333:user/default/sales": give the ARN of a QuickSight group'],
    ['the name of a group', { groupArn: 'sales' }, 'groupArn of the dashboard is "sales"'],
    ['authors that are no group', { authorGroupArn: 'authors' }, 'authorGroupArn of the dashboard is "authors"'],
    ['Redshift without a warehouse', { via: DashboardVia.REDSHIFT }, 'the lake has no warehouse that loads seller_performance'],
  ])('%s', (_, options, message) => {
    expect(() => dashboardOf(options)).toThrow(message);
  });

  test('no edition', () => {
    expect(() => dashboardOf({ edition: undefined })).toThrow('needs edition, which is missing');
  });

  test('a lake without the table', () => {
    const curation = Curation.fromScript({ tableName: 'sales', script: JobScript.fromAsset('glue-assets/jobs/raw_to_curated.py') });
    expect(() => dashboardOf({}, { curation })).toThrow('shows seller_performance, which the lake has not');
  });

  test.each([DataClassification.RESTRICTED, DataClassification.SECRET])('%s data for everyone', (classification) => {
    const curation = Curation.sellerPerformance({ classification });
    expect(() => dashboardOf({}, { curation })).toThrow(`which is ${classification}, to an audience for proprietary data`);
    expect(dashboardOf({ audience: DataClassification.SECRET }, { curation }).dashboard).toBeDefined();
  });
});
