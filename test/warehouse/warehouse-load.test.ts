import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { OLIST, warehouseOf } from './support';
import {
  Curation, DataClassification, DeadLetterQueue, JobScript, LakeNetwork, Persona, PersonaTrust, QuickSightRedshift, TableDistribution, Warehouse,
} from '../../src';
import { lakeIn } from '../audit/support';
import { nagErrors } from '../private/nag';
import { newStack, statementsOf, template } from '../zone/helpers';

const SCRIPT = JobScript.fromAsset('glue-assets/jobs/raw_to_curated.py');

function loaderOf(stack: Stack): any {
  const [found, ...others] = Object.values(template(stack).findResources('AWS::Lambda::Function', { Properties: { Handler: 'load.handler' } }));
  expect(others).toEqual([]);
  return found.Properties;
}

/** The tables that the loader knows; references are left as what they refer to. */
function tablesOf(stack: Stack): any[] {
  const { TABLES } = loaderOf(stack).Environment.Variables;
  const text = TABLES['Fn::Join'][1].map((part: any) => typeof part === 'string' ? part : Object.values(part).flat().join('.')).join('');
  return JSON.parse(text);
}

/** All that a role may do, its inline policies included. */
function allowed(stack: Stack, role: iam.IRole): any[] {
  const resource = template(stack).toJSON().Resources[stack.getLogicalId(role.node.defaultChild as any)];
  const inline = (resource.Properties.Policies ?? []).flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement);
  return [...inline, ...statementsOf(stack, role)].flatMap(({ Action, Resource }) => [Action].flat().map((action) => [action, Resource]));
}

function rules(stack: Stack): any[] {
  return Object.values(template(stack).findResources('AWS::Events::Rule')).map(({ Properties }) => Properties);
}

test('a table is loaded when its job has succeeded; what cannot be delivered is a dead letter', () => {
  const { stack, lake } = warehouseOf();
  const queue = stack.resolve(lake.deadLetterQueue.queue.queueArn);
  const [rule] = rules(stack).filter(({ EventPattern }) => EventPattern?.source[0] === 'aws.glue');
  expect(rule.EventPattern).toEqual({
    'source': ['aws.glue'],
    'detail-type': ['Glue Job State Change'],
    'detail': { jobName: [stack.resolve(lake.curatedTrigger!.job.jobName)], state: ['SUCCEEDED'] },
  });
  expect(rule.Targets).toEqual([expect.objectContaining({ DeadLetterConfig: { Arn: queue } })]);
  expect(loaderOf(stack).DeadLetterConfig).toEqual({ TargetArn: queue });
});

test('a load that failed in the warehouse is a dead letter', () => {
  const { stack, lake } = warehouseOf();
  const [rule] = rules(stack).filter(({ EventPattern }) => EventPattern?.source[0] === 'aws.redshift-data');
  const { STATEMENT_NAME } = loaderOf(stack).Environment.Variables;
  expect(rule.EventPattern.detail).toEqual({ statementName: [{ prefix: STATEMENT_NAME }], state: ['FAILED', 'ABORTED'] });
  const queue = lake.deadLetterQueue.queue;
  expect(rule.Targets).toEqual([expect.objectContaining({ Arn: stack.resolve(queue.queueArn) })]);
  template(stack).hasResourceProperties('AWS::SQS::QueuePolicy', { Queues: [stack.resolve(queue.queueUrl)] });
});

test.each<[string, boolean]>([['encrypted', true], ['not encrypted', false]])('the loader may send what it could not do to a queue that is %s', (_, isEncrypted) => {
  const stack = newStack();
  const key = isEncrypted ? new kms.Key(stack, 'KeyOfLetters') : undefined;
  const lake = lakeIn(stack, { tables: OLIST, curation: Curation.sellerPerformance() });
  const warehouse = new QuickSightRedshift(stack, 'Warehouse', {
    network: new LakeNetwork(stack, 'Network').attachment(),
    catalog: lake.catalog,
    curatedTables: lake.curatedTriggers,
    deadLetterQueue: new DeadLetterQueue(stack, 'Letters', { encryptionKey: key }).queue,
  });
  const onKeys = allowed(stack, warehouse.loadRole).filter(([action]) => action.startsWith('kms:'));
  expect(onKeys).toEqual(key ? ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => [action, stack.resolve(key.keyArn)]) : []);
});

test('on its own it has a dead-letter queue of its own', () => {
  const stack = newStack();
  const lake = lakeIn(stack, { tables: OLIST, curation: Curation.sellerPerformance() });
  const network = new LakeNetwork(stack, 'Network').attachment();
  const warehouse = new QuickSightRedshift(stack, 'Warehouse', { catalog: lake.catalog, curatedTables: lake.curatedTriggers, network });
  expect(warehouse.node.tryFindChild('DeadLetterQueue')).toBeDefined();
  expect(warehouseOf().warehouse.node.tryFindChild('DeadLetterQueue')).toBeUndefined();
});

describe('tables', () => {
  test('seller_performance: evenly, sorted, with the three views', () => {
    const [{ views, ...table }] = tablesOf(warehouseOf().stack);
    expect(table).toMatchObject({ name: 'seller_performance', catalogTable: 'curated_seller_performance', distribution: 'EVEN', usualSortKey: ['seller_id', 'sr_id'] });
    expect(Object.keys(views)).toEqual(['average_review_per_seller', 'average_review_per_sdr', 'deals_and_value_per_seller']);
    for (const query of Object.values<string>(views)) expect(query).toMatch(/^WITH .* FROM lake\.seller_performance .* ORDER BY [^;]+$/);
  });

  test('another table: evenly, and no more', () => {
    const { stack } = warehouseOf({}, { curation: Curation.fromScript({ tableName: 'sales', script: SCRIPT }) });
    expect(tablesOf(stack)).toEqual([expect.objectContaining({ name: 'sales', distribution: 'EVEN', views: {} })]);
    expect(tablesOf(stack)[0]).not.toHaveProperty('usualSortKey');
  });

  test('as they are given', () => {
    const table = { name: 'seller_performance', distributionKey: 'seller_id', sortKey: ['order_id'], views: { sellers: 'SELECT 1' } };
    const [made] = tablesOf(warehouseOf({ tables: [table] }).stack);
    expect(made).toMatchObject({ ...table, distribution: TableDistribution.KEY });
    expect(made).not.toHaveProperty('usualSortKey');
  });

  test('views that Lambda would not take are refused', () => {
    const { stack } = warehouseOf({ tables: [{ name: 'seller_performance', views: { long: 'x'.repeat(4000) } }] });
    expect(() => template(stack)).toThrow(/the tables of the warehouse and their views have up to \d+ characters: Lambda takes 3396/);
  });
});

describe('who may do what', () => {
  test('the loader: read one entry of the catalog, start statements as its own user', () => {
    const { stack, warehouse } = warehouseOf();
    expect(allowed(stack, warehouse.loadRole).map(([action]) => action).sort()).toEqual([
      'glue:GetTable', 'logs:CreateLogStream', 'logs:PutLogEvents', 'redshift-data:BatchExecuteStatement', 'redshift-data:DescribeTable',
      'redshift-serverless:GetCredentials', 'sqs:SendMessage',
    ]);
  });

  test.each([
    ['serverless', Warehouse.serverless(), 'redshift-serverless:GetCredentials'],
    ['provisioned', Warehouse.provisioned(), 'redshift:GetClusterCredentialsWithIAM'],
  ])('readers: statements as their own user, %s', (_, compute, credentials) => {
    const stack = newStack();
    const lake = lakeIn(stack, { tables: OLIST, curation: Curation.sellerPerformance() });
    const reader = new iam.Role(stack, 'Analyst', { assumedBy: new iam.AccountRootPrincipal() });
    new QuickSightRedshift(stack, 'Warehouse', {
      catalog: lake.catalog, curatedTables: lake.curatedTriggers, network: new LakeNetwork(stack, 'Network').attachment(), compute, readers: [reader],
    });
    expect(allowed(stack, reader).map(([action]) => action).sort()).toEqual([
      'redshift-data:BatchExecuteStatement', 'redshift-data:DescribeStatement', 'redshift-data:ExecuteStatement', 'redshift-data:GetStatementResult', credentials,
    ].sort());
    const [database] = Object.values(template(stack).findResources('Custom::DataLakeWarehouseDatabase'));
    expect(database.Properties.Readers).toEqual([{ 'Fn::Join': ['', ['IAMR:', stack.resolve(reader.roleName)]] }]);
    expect(nagErrors(stack)).toEqual([]);
  });

  test.each<[DataClassification, string[] | undefined]>([
    [DataClassification.PROPRIETARY, undefined],
    [DataClassification.RESTRICTED, ['restricted', 'secret']],
    [DataClassification.SECRET, ['secret']],
  ])('the analysts of a lake with personas read it, if they are cleared for what is in it: %s', (classification, clearances) => {
    const personas = { trust: PersonaTrust.account() };
    const { stack, lake } = warehouseOf({}, { personas, tables: OLIST.map((table) => ({ ...table, classification })) });
    const analyst = lake.personas!.role(Persona.ANALYST);
    const statements = statementsOf(stack, analyst).filter(({ Action }) => /ExecuteStatement|GetCredentials/.test(JSON.stringify(Action)));

    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
      'redshift-data:BatchExecuteStatement', 'redshift-data:ExecuteStatement', 'redshift-serverless:GetCredentials',
    ]);
    for (const { Condition } of statements) expect(Condition).toEqual(clearances && { StringEquals: { 'aws:PrincipalTag/clearance': clearances } });
    const [database] = Object.values(template(stack).findResources('Custom::DataLakeWarehouseDatabase'));
    expect(database.Properties.Readers).toEqual([{ 'Fn::Join': ['', ['IAMR:', stack.resolve(analyst.roleName)]] }]);
    expect(nagErrors(stack)).toEqual([]);
  });

  test('personas that are only policies have no user in the database', () => {
    const { stack } = warehouseOf({}, { personas: { policyNamePrefix: 'lake' } });
    const [database] = Object.values(template(stack).findResources('Custom::DataLakeWarehouseDatabase'));
    expect(database.Properties.Readers).toEqual([]);
  });

  test('nobody reads by default', () => {
    const [database] = Object.values(template(warehouseOf().stack).findResources('Custom::DataLakeWarehouseDatabase'));
    expect([database.Properties.Readers, database.Properties.ReaderSecrets]).toEqual([[], []]);
  });

  test('statements have no ARN: each role sees its own', () => {
    const text = JSON.stringify(template(warehouseOf().stack).toJSON());
    const statements = [...text.matchAll(/"Action":\["redshift-data:DescribeStatement","redshift-data:GetStatementResult"\],("Condition":.*?\}\}),/g)];
    expect(statements.map(([, condition]) => condition)).toEqual(['"Condition":{"StringEquals":{"redshift-data:statement-owner-iam-userid":"${aws:userid}"}}']);
  });
});
