import * as path from 'path';
import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { catalogOf, flat, statementsOf } from './support';
import { JobScript, WorkflowStart, ZonedGlueCatalogProps } from '../../src';
import { nagErrors } from '../private/nag';

const SCRIPT = path.join(__dirname, '..', '..', 'glue-assets', 'jobs', 'drop_to_raw.py');

/** The rules that have a schedule. */
function schedules(stack: Stack): any[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule')).map(({ Properties }: any) => Properties).filter((rule) => rule.ScheduleExpression);
}

function lambdas(stack: Stack): any[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')).map(({ Properties }: any) => Properties).filter(({ Handler }) => Handler === 'index.handler');
}

test('once a day a function looks for what no run has taken in', () => {
  const { stack, catalog } = catalogOf();
  catalog.addTable({ name: 'sellers' });
  const [rule] = schedules(stack);
  expect(rule.ScheduleExpression).toBe('rate(1 day)');
  expect(JSON.parse(rule.Targets[0].Input)).toEqual({ tables: ['orders', 'sellers'] });
  const [made] = lambdas(stack).filter(({ Environment }) => Environment?.Variables.WORKFLOW);
  expect(made.Environment.Variables).toEqual({
    SOURCE_BUCKET: stack.resolve(catalog.sourceZone.bucket.bucketName),
    TARGET_BUCKET: stack.resolve(catalog.targetZone.bucket.bucketName),
    WORKFLOW: stack.resolve(catalog.workflow.workflowName),
    GRACE_SECONDS: '3600',
    // Two days and the hour that an object is left alone: each object is looked at closely twice at least.
    RECENT_SECONDS: String(2 * 86_400 + 3_600),
  });
});

test('it may list what has arrived, read manifests and start the workflow, and no more', () => {
  const { stack } = catalogOf();
  const template = Template.fromStack(stack);
  const [made] = lambdas(stack).filter(({ Environment }) => Environment?.Variables.WORKFLOW);
  const role: any = template.toJSON().Resources[made.Role['Fn::GetAtt'][0]];
  const statements = role.Properties.Policies.flatMap((policy: any) => policy.PolicyDocument.Statement);
  expect([...new Set(statements.flatMap((statement: any) => statement.Action))].sort()).toEqual([
    'glue:StartWorkflowRun', 'kms:Decrypt', 'logs:CreateLogStream', 'logs:PutLogEvents', 's3:GetBucketLocation', 's3:GetObject', 's3:GetObjectVersion', 's3:ListBucket',
  ]);
  const [read] = statementsOf(template, made.Role, 's3:GetObject');
  expect([read.Resource].flat().map(flat).every((arn: string) => /<Zoneraw\w+\.Arn>\/manifests(\/\*)?$/.test(arn))).toBe(true);
  const [start] = statementsOf(template, made.Role, 'glue:StartWorkflowRun');
  expect(flat(start.Resource)).toMatch(/:workflow\/<CatalogWorkflow\w+>$/);
  expect(nagErrors(stack).filter((line) => line.includes('ArrivalCheck'))).toEqual([]);
});

test('tables with a script of the user\'s own are left out: it may keep no manifests', () => {
  const { stack } = catalogOf({ tables: [{ name: 'own', script: JobScript.fromAsset(SCRIPT) }, { name: 'ours' }] });
  expect(JSON.parse(schedules(stack)[0].Targets[0].Input)).toEqual({ tables: ['ours'] });
});

test.each<[string, Partial<ZonedGlueCatalogProps>, string[]]>([
  ['as often as is said', { start: WorkflowStart.onNewData({ checkInterval: Duration.hours(6) }) }, ['rate(6 hours)']],
  ['switched off', { start: WorkflowStart.onNewData({ checkInterval: Duration.minutes(0) }) }, []],
  ['a workflow on a schedule sees everything anyway', { start: WorkflowStart.hourly() }, []],
  ['a workflow on demand is nobody\'s but the user\'s', { start: WorkflowStart.onDemand() }, []],
])('%s', (_, props, expected) => {
  expect(schedules(catalogOf(props).stack).map((rule) => rule.ScheduleExpression)).toEqual(expected);
});

test.each([Duration.minutes(59), Duration.days(32)])('an interval of %s is refused', (checkInterval) => {
  expect(() => WorkflowStart.onNewData({ checkInterval })).toThrow(/^checkInterval /);
});

test('more names than the schedule can carry are an error with a way out', () => {
  const tables = Array.from({ length: 130 }, (_, index) => ({ name: `a_table_with_a_name_of_sixty_four_characters_as_long_as_can_b${100 + index}` }));
  const { stack } = catalogOf({ tables, maxWorkflowComponents: 500 });
  expect(() => Template.fromStack(stack)).toThrow(/the names of the tables are 8\d{3} characters: .* takes 8192; .* second lake, .* checkInterval: Duration\.minutes\(0\)/);
});
