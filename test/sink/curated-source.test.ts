import * as fs from 'fs';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { TableQueue } from './table-queue';
import {
  CuratedSinkConfig, CuratedSource, Curation, DataClassification, DataLakeAcceleratorProps, ICuratedSink, JobScript, LakeNetwork, PersonaTrust,
  QuickSightRedshift,
} from '../../src';
import { lakeIn } from '../audit/support';
import { newStack, statementsOf, template } from '../zone/helpers';

const TABLES = ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name }));
const OTHER = Curation.fromScript({ tableName: 'other', script: JobScript.fromAsset('glue-assets/jobs/raw_to_curated.py') });

/** The sink of docs/sinks.md, which keeps what it was given. */
class Announcements extends TableQueue {
  public source?: CuratedSource;

  constructor(scope: Construct, id: string, tables?: string[], private readonly config: CuratedSinkConfig = {}) {
    super(scope, id, tables);
  }

  public bind(source: CuratedSource): CuratedSinkConfig {
    this.source = source;
    return { ...super.bind(source), ...this.config };
  }
}

test('the sink of docs/sinks.md is this one', () => {
  const code = fs.readFileSync(path.join(__dirname, 'table-queue.ts'), 'utf8');
  const written = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'sinks.md'), 'utf8');
  expect(written).toContain(code.slice(code.indexOf('/** Tells')).trim());
});

function lakeWith(stack: Stack, sinks: ICuratedSink[], props: Partial<DataLakeAcceleratorProps> = {}) {
  return lakeIn(stack, { tables: TABLES, curations: [Curation.sellerPerformance(), OTHER], sinks, ...props });
}

function rulesOf(stack: Stack): any[] {
  return Object.values(template(stack).findResources('AWS::Events::Rule', { Properties: { Description: 'Curated tables have been made' } }))
    .map(({ Properties }) => Properties);
}

test('no sinks by default', () => {
  const stack = newStack();
  lakeIn(stack, { tables: TABLES, curation: Curation.sellerPerformance() });
  expect(rulesOf(stack)).toEqual([]);
});

test('a sink is told of each table\'s success; what it does not take is a dead letter of the lake', () => {
  const stack = newStack();
  const sink = new Announcements(stack, 'Sink');
  const lake = lakeWith(stack, [sink]);
  const letters = stack.resolve(lake.deadLetterQueue.queue.queueArn);
  expect(rulesOf(stack).map(({ EventPattern, Targets }) => [EventPattern.detail, Targets[0].Arn, Targets[0].DeadLetterConfig.Arn])).toEqual(
    lake.curatedTriggers.map(({ job }) => [
      { jobName: [stack.resolve(job.jobName)], state: ['SUCCEEDED'] }, stack.resolve(sink.queue.queueArn), letters,
    ]));
  const policies = Object.values(template(stack).findResources('AWS::SQS::QueuePolicy', {
    Properties: { Queues: [stack.resolve(lake.deadLetterQueue.queue.queueUrl)] },
  })).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  // The workflow's rule is the third.
  expect(policies.filter(({ Principal }) => Principal.Service === 'events.amazonaws.com')).toHaveLength(3);
});

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html: "Event pattern size" */
test.each<[number, RegExp | undefined]>([
  [10, undefined],
  [16, /the names of the jobs of the 16 curated tables that '.+\/Sink' loads have up to 2276 characters: a rule of EventBridge takes 1848 of them/],
])('%d tables whose jobs\' names are long', (count, message) => {
  const stack = new Stack(new App({ context: { [DISABLE_ASSET_STAGING_CONTEXT]: true } }), 'x'.repeat(100));
  const lake = lakeIn(stack, {
    curations: Array.from({ length: count }, (_, index) => Curation.fromScript({
      tableName: `t${index}`, script: JobScript.fromAsset('glue-assets/jobs/raw_to_curated.py'), requiredTables: ['orders'],
    })),
  });
  const source = new CuratedSource({ catalog: lake.catalog, curatedTables: lake.curatedTriggers, deadLetterQueue: lake.deadLetterQueue.queue });
  source.onCurated(new Construct(stack, 'Sink'), 'Rule', source.tables, { bind: () => ({ arn: lake.deadLetterQueue.queue.queueArn }) });
  if (message) expect(() => template(stack)).toThrow(message);
  else expect(() => template(stack)).not.toThrow();
});

test('a target keeps a dead-letter queue of its own', () => {
  const stack = newStack();
  const own = new sqs.Queue(stack, 'Own');
  const lake = lakeWith(stack, []);
  const source = new CuratedSource({ catalog: lake.catalog, curatedTables: lake.curatedTriggers, deadLetterQueue: lake.deadLetterQueue.queue });
  source.onCurated(stack, 'Rule', source.tables, { bind: () => ({ arn: own.queueArn, deadLetterConfig: { arn: own.queueArn } }) });
  expect(rulesOf(stack)[0].Targets[0].DeadLetterConfig.Arn).toEqual(stack.resolve(own.queueArn));
  expect(source.readers).toEqual([]);
});

test('it knows the zone, the database and the analysts of the lake', () => {
  const stack = newStack();
  const sink = new Announcements(stack, 'Sink');
  const lake = lakeWith(stack, [sink], { personas: { trust: PersonaTrust.account() } });
  expect(sink.source!.zone).toBe(lake.zone('curated'));
  expect(sink.source!.databaseName).toBe(lake.catalog.databaseName('curated'));
  expect(sink.source!.readers).toHaveLength(1);
  expect(sink.source!.tables).toEqual(lake.curatedTriggers);
});

test('a role reads the tables that it is let into, and is cleared for them', () => {
  const stack = newStack();
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const sink = new Announcements(stack, 'Sink');
  const curations = [Curation.sellerPerformance({ classification: DataClassification.SECRET }), OTHER];
  lakeWith(stack, [sink], { curations });
  const source = sink.source!;
  const secret = source.choose(sink, ['seller_performance']);
  source.grantRead(role, secret);
  expect(source.classOf(secret)).toBe('secret');
  const resources = JSON.stringify(statementsOf(stack, role));
  expect(resources).toContain('/tables/seller_performance/*');
  expect(resources).not.toContain('other');
  expect(resources).toContain('glue:GetTable');
  template(stack).hasResourceProperties('AWS::IAM::Role', { Tags: [{ Key: 'clearance', Value: 'secret' }] });
});

test.each([
  ['none', [], "Sink' loads no table: give the lake a curation"],
  ['an unknown one', ['orders'], 'loads "orders", which is no curated table of the lake: use some of seller_performance, other'],
  ['one twice', ['other', 'other'], 'loads "other" twice: name it once'],
])('tables that are %s are refused', (_, tables, message) => {
  const stack = newStack();
  expect(() => lakeWith(stack, [new Announcements(stack, 'Sink', tables)])).toThrow(message);
});

describe('monitoring', () => {
  test('what a sink tells of its loads raises alarms', () => {
    const stack = newStack();
    const metric = new sqs.Queue(stack, 'Other').metricNumberOfMessagesSent();
    lakeWith(stack, [new Announcements(stack, 'Told', undefined, { failedLoads: metric, loaderErrors: metric })], { monitoring: {} });
    template(stack).resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'NumberOfMessagesSent', Threshold: 1, Period: 300 }, 2);
  });

  test('a sink that tells nothing raises none', () => {
    const alarms = (sinks: (stack: Stack) => ICuratedSink[]) => {
      const stack = newStack();
      lakeWith(stack, sinks(stack), { monitoring: {} });
      return Object.keys(template(stack).findResources('AWS::CloudWatch::Alarm')).length;
    };
    expect(alarms((stack) => [new Announcements(stack, 'Sink')])).toBe(alarms(() => []));
  });
});

describe('a warehouse as a sink', () => {
  test('it loads the lake\'s tables', () => {
    const stack = newStack();
    const warehouse = new QuickSightRedshift(stack, 'Warehouse', { network: new LakeNetwork(stack, 'Network').attachment(), tables: [{ name: 'other' }] });
    const lake = lakeWith(stack, [warehouse], { monitoring: {} });
    expect(lake.warehouse).toBeUndefined();
    expect(warehouse.tables).toEqual([{ name: 'other' }]);
    expect(rulesOf(stack).map(({ EventPattern }) => EventPattern.detail.jobName)).toEqual([[stack.resolve(lake.curatedTriggers[1].job.jobName)]]);
    template(stack).resourcePropertiesCountIs('AWS::CloudWatch::Alarm', {
      MetricName: 'TriggeredRules', AlarmDescription: Match.stringLikeRegexp('The sink Warehouse could not load a curated table'),
    }, 1);
  });

  test('one that has its tables already is refused', () => {
    const stack = newStack();
    const network = new LakeNetwork(stack, 'Network').attachment();
    const { catalog, curatedTriggers } = lakeWith(stack, []);
    const bound = new QuickSightRedshift(stack, 'Warehouse', { network, catalog, curatedTables: curatedTriggers });
    const source = new CuratedSource({ catalog, curatedTables: curatedTriggers, deadLetterQueue: new sqs.Queue(stack, 'Letters') });
    expect(() => bound.bind(source)).toThrow(/has its tables already: give it to one lake/);
  });

  test('one that is in no lake is refused', () => {
    const stack = newStack();
    const alone = new QuickSightRedshift(stack, 'Warehouse', { network: new LakeNetwork(stack, 'Network').attachment() });
    expect(() => alone.tables).toThrow('loads nothing: give it to a lake in sinks, or name catalog and curatedTables');
    expect(() => template(stack)).toThrow('loads nothing: give it to a lake in sinks');
  });

  test('a catalog without its curated tables is refused', () => {
    const stack = newStack();
    const { catalog } = lakeWith(stack, []);
    const network = new LakeNetwork(stack, 'Network').attachment();
    expect(() => new QuickSightRedshift(stack, 'Warehouse', { network, catalog })).toThrow('needs curatedTables');
  });
});
