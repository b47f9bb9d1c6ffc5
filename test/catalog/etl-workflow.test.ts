import * as path from 'path';
import { Duration, Stack, Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { catalogOf, described, flat, lakeStack } from './support';
import { CrawlPolicy, DataLakeZone, JobScript, TableDefinition, TriggerLogic, WorkflowStart, ZonedGlueCatalog, ZonedGlueCatalogProps } from '../../src';

const SCRIPT = path.join(__dirname, '..', '..', 'glue-assets', 'jobs', 'drop_to_raw.py');

function many(count: number): TableDefinition[] {
  return Array.from({ length: count }, (_, index) => ({ name: `t${index}` }));
}

function triggers(stack: Stack, type: string): any[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::Glue::Trigger', { Properties: { Type: type } }));
}

test('one run at a time, and CloudFormation names it', () => {
  const { stack } = catalogOf();
  Template.fromStack(stack).hasResource('AWS::Glue::Workflow', {
    Properties: { MaxConcurrentRuns: 1, Name: Match.absent() },
    Metadata: { datalake: { kind: 'workflow' } },
  });
});

describe('start', () => {
  test('by default when data arrives: EventBridge notifies the workflow, Glue batches', () => {
    const { stack, zones } = catalogOf();
    const template = Template.fromStack(stack);
    const [start] = triggers(stack, 'EVENT');
    expect(start.Properties.EventBatchingCondition).toEqual({ BatchSize: 100, BatchWindow: 900 });
    expect(start.Properties).not.toHaveProperty('StartOnCreation');
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        'source': ['aws.s3'],
        'detail-type': ['Object Created'],
        'detail': { bucket: { name: [stack.resolve(zones[0].bucket.bucketName)] }, object: { key: [{ prefix: 'tables/' }] } },
      },
      Targets: [Match.objectLike({ RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 }, DeadLetterConfig: Match.absent() })],
    });
    const [rule] = Object.values(template.findResources('AWS::Events::Rule')) as any[];
    expect(flat(rule.Properties.Targets[0].Arn)).toMatch(/^arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:workflow\/<CatalogWorkflow/);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: { Statement: [Match.objectLike({ Principal: { Service: 'events.amazonaws.com' } })] },
      Policies: [{ PolicyDocument: { Statement: [Match.objectLike({ Action: 'glue:notifyEvent', Resource: rule.Properties.Targets[0].Arn })] } }],
    });
  });

  test('the first zone\'s bucket sends its events to EventBridge', () => {
    const { stack } = catalogOf();
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain('EventBridgeConfiguration');
  });

  test('a zone from elsewhere sends them too', () => {
    const { stack, zones } = lakeStack();
    const drop = DataLakeZone.fromZoneAttributes(stack, 'Elsewhere', {
      zoneName: 'inbox', bucketArn: 'arn:aws:s3:::inbox', encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1234',
    });
    new ZonedGlueCatalog(stack, 'Catalog', { zones: [drop, ...zones.slice(1)], tables: [{ name: 'orders' }] });
    Template.fromStack(stack).hasResourceProperties('Custom::S3BucketNotifications', { BucketName: 'inbox', Managed: false });
  });

  test('arrivals that cannot be delivered go to the dead-letter queue', () => {
    const { stack, zones } = lakeStack();
    const deadLetterQueue = new sqs.Queue(stack, 'Dlq');
    new ZonedGlueCatalog(stack, 'Catalog', { zones, tables: [{ name: 'orders' }], deadLetterQueue });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', { Targets: [Match.objectLike({ DeadLetterConfig: { Arn: stack.resolve(deadLetterQueue.queueArn) } })] });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({
          Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Condition: { ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('Arrival'), 'Arn'] } } },
        })]),
      },
    });
  });

  test('a dead-letter queue of another stack takes the arrivals of two lakes', () => {
    const { stack, zones } = lakeStack();
    const deadLetterQueue = new sqs.Queue(stack, 'Dlq', { enforceSSL: true });
    const other = new Stack(Stage.of(stack)!, 'Other');
    for (const id of ['One', 'Two']) new ZonedGlueCatalog(other, id, { zones, tables: [{ name: 'orders' }], deadLetterQueue });
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::SQS::QueuePolicy')) as any[];
    const sending = policy.Properties.PolicyDocument.Statement.filter((statement: any) => statement.Action === 'sqs:SendMessage');
    expect(sending).toHaveLength(1);
    expect(flat(sending[0].Condition.ArnLike['aws:SourceArn'])).toBe('arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/*');
  });

  test('EventBridge may use the key of an encrypted dead-letter queue', () => {
    const { stack, zones } = lakeStack();
    const key = new kms.Key(stack, 'Key', { description: 'Dead letters' });
    const deadLetterQueue = new sqs.Queue(stack, 'Dlq', { encryptionMasterKey: key });
    new ZonedGlueCatalog(stack, 'Catalog', { zones, tables: [{ name: 'orders' }], deadLetterQueue });
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
      Description: 'Dead letters',
      KeyPolicy: {
        Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: 'events.amazonaws.com' }, Action: ['kms:Decrypt', 'kms:GenerateDataKey'] })]),
      },
    });
  });

  test('the window and the size of a batch are obeyed', () => {
    const { stack } = catalogOf({ start: WorkflowStart.onNewData({ batchSize: 4, batchWindow: Duration.seconds(10) }) });
    expect(triggers(stack, 'EVENT')[0].Properties.EventBatchingCondition).toEqual({ BatchSize: 4, BatchWindow: 10 });
  });

  test('on a schedule: started as it is created, and no rule', () => {
    const { stack, catalog } = catalogOf({ start: WorkflowStart.hourly() });
    expect(triggers(stack, 'SCHEDULED')[0].Properties).toMatchObject({ Schedule: 'cron(0 * * * ? *)', StartOnCreation: true });
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 0);
    expect(catalog.workflow.arrivalRule).toBeUndefined();
  });

  test('on demand: nothing to start, and no rule', () => {
    const { stack } = catalogOf({ start: WorkflowStart.onDemand() });
    expect(triggers(stack, 'ON_DEMAND')[0].Properties).not.toHaveProperty('StartOnCreation');
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 0);
  });
});

describe('what a run begins with', () => {
  const declared = { name: 'declared', schema: { id: 'bigint' } };
  const found = { name: 'found' };
  const own = { name: 'own', script: JobScript.fromAsset(SCRIPT) };
  /** Names of what triggers start: a table's name for its job, a zone's for its crawler. */
  const started = (stack: Stack, type: string) => triggers(stack, type).map(({ Properties: { Actions: actions } }) => actions.map((action: any) => (
    (action.JobName ?? action.CrawlerName).Ref.replace(/^Catalog(Table|Crawler)(\w+?)(Job|Crawler)?[0-9A-F]{8}$/, '$2').replace(/(Job|Crawler)$/, ''))));

  test.each<[string, CrawlPolicy | undefined, TableDefinition[], string[], string[][]]>([
    ['tables with a schema: their jobs, and no crawler', undefined, [declared], ['declared'], []],
    ['a table without: the first crawler beside the jobs, which find columns themselves', undefined, [declared, found], ['declared', 'found', 'drop'], []],
    ['a script of the user\'s own without a schema waits for the crawler, as it may ask the catalog', undefined, [declared, own], ['declared', 'drop'], [['own']]],
    ['a script of the user\'s own with a schema does not', undefined, [{ ...own, schema: { id: 'bigint' } }], ['own'], []],
    ['no table at all: the first crawler, as a trigger must start something', undefined, [], ['drop'], []],
    ['never: jobs only', CrawlPolicy.NEVER, [declared, found, own], ['declared', 'found', 'own'], []],
    ['always: the first crawler at the start, the others at the end', CrawlPolicy.ALWAYS, [declared], ['declared', 'drop'], [['raw', 'curated']]],
  ])('%s', (_, crawl, tables, start, following) => {
    const { stack, catalog } = catalogOf({ tables, crawl });
    const [first] = started(stack, 'EVENT');
    expect(first).toEqual(start);
    expect(started(stack, 'CONDITIONAL')).toEqual(following);
    expect(catalog.workflow.componentCount).toBe(1 + following.length + [...start, ...following.flat()].length);
  });

  test('never, and no table: nothing to start is an error', () => {
    const { stack } = catalogOf({ tables: [], crawl: CrawlPolicy.NEVER });
    expect(() => Template.fromStack(stack)).toThrow('workflow starts nothing: add a table, or a job with addJob');
  });

  test('a job that waits for a crawler starts when that has succeeded; every trigger is in the workflow', () => {
    const { stack } = catalogOf({ tables: [own] });
    const [jobs] = triggers(stack, 'CONDITIONAL');
    expect(jobs.Properties).toMatchObject({
      StartOnCreation: true,
      Predicate: { Logical: 'AND', Conditions: [{ LogicalOperator: 'EQUALS', CrawlState: 'SUCCEEDED', CrawlerName: { Ref: expect.stringMatching(/^CatalogCrawlerdrop/) } }] },
    });
    Template.fromStack(stack).allResourcesProperties('AWS::Glue::Trigger', { WorkflowName: { Ref: Match.stringLikeRegexp('^CatalogWorkflow') }, Name: Match.absent() });
  });

  test('always: the last crawl is for the end of all jobs that there are, if they succeed', () => {
    const { stack, catalog } = catalogOf({ tables: [declared], crawl: CrawlPolicy.ALWAYS });
    catalog.addTable(found);
    const [end] = triggers(stack, 'CONDITIONAL');
    expect(end.Properties.Predicate).toEqual({
      Logical: 'AND',
      Conditions: catalog.jobs.map(({ jobName }) => ({ LogicalOperator: 'EQUALS', JobName: stack.resolve(jobName), State: 'SUCCEEDED' })),
    });
  });

  test('always, in a chain of two zones: the last crawl is one', () => {
    const { stack, zones } = lakeStack(['drop', 'raw']);
    new ZonedGlueCatalog(stack, 'Catalog', { zones, tables: [declared], crawl: CrawlPolicy.ALWAYS });
    expect(started(stack, 'CONDITIONAL')).toEqual([['raw']]);
  });
});

describe('AWS limits', () => {
  test('50 jobs start at once, and each further 50 when the first of those before has ended, whatever its result', () => {
    const { stack, catalog } = catalogOf({ tables: many(101), crawl: CrawlPolicy.NEVER, maxWorkflowComponents: 200 });
    expect(triggers(stack, 'EVENT')[0].Properties.Actions).toHaveLength(50);
    const further = triggers(stack, 'CONDITIONAL');
    expect(further.map(({ Properties }) => Properties.Actions.length)).toEqual([50, 1]);
    expect(further.map(({ Properties }) => Properties.Predicate)).toEqual(['t0', 't50'].map((first) => ({
      Logical: 'ANY',
      Conditions: ['SUCCEEDED', 'FAILED', 'TIMEOUT', 'STOPPED'].map((State) => ({ LogicalOperator: 'EQUALS', JobName: stack.resolve(catalog.job(first).jobName), State })),
    })));
  });

  test('more than 50 jobs after a crawler start from several triggers', () => {
    const tables = many(51).map((table) => ({ ...table, script: JobScript.fromAsset(SCRIPT) }));
    const { stack } = catalogOf({ tables, start: WorkflowStart.onDemand() });
    const actions = triggers(stack, 'CONDITIONAL').map((trigger) => trigger.Properties.Actions.length);
    expect(actions).toEqual([50, 1]);
  });

  test('a workflow of more than 100 components is an error', () => {
    const { stack, catalog } = catalogOf({ tables: many(98) });
    expect(catalog.workflow.componentCount).toBe(98 + 1 + 2);
    expect(() => Template.fromStack(stack)).toThrow(
      'workflow has 101 jobs, crawlers and triggers: AWS recommends at most 100, beyond which stopping and resuming a run may fail; '
      + 'give some tables to a second lake, or accept that with a higher maxWorkflowComponents');
  });

  test('exactly 100 are not', () => {
    const { stack, catalog } = catalogOf({ tables: many(97) });
    expect(catalog.workflow.componentCount).toBe(100);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('who accepts the consequence gets the larger workflow', () => {
    const { stack } = catalogOf({ tables: many(100), maxWorkflowComponents: 200 });
    expect(Object.keys(Template.fromStack(stack).findResources('AWS::Glue::Job'))).toHaveLength(100);
  });

  test.each([0, 10001])('a limit of %p components is refused', (maxWorkflowComponents) => {
    expect(() => catalogOf({ maxWorkflowComponents })).toThrow(`the most components of a workflow must be a whole number from 1 to 10000, got ${maxWorkflowComponents}`);
  });
});

describe('further triggers', () => {
  function setup(props: Partial<ZonedGlueCatalogProps> = {}) {
    const made = catalogOf(props);
    return { ...made, workflow: made.catalog.workflow };
  }

  test('a conditional trigger watches and starts what it is told, AND by default', () => {
    const { stack, workflow, catalog } = setup();
    workflow.addConditionalTrigger('More', { jobs: [catalog.job('orders')], crawlers: [catalog.crawler('drop')], startCrawlers: [catalog.crawler('raw')] });
    const more = triggers(stack, 'CONDITIONAL').find((trigger) => trigger.Properties.Predicate.Conditions.length === 2);
    expect(more.Properties.Predicate).toEqual({
      Logical: 'AND',
      Conditions: [
        { LogicalOperator: 'EQUALS', JobName: { Ref: expect.any(String) }, State: 'SUCCEEDED' },
        { LogicalOperator: 'EQUALS', CrawlerName: { Ref: expect.any(String) }, CrawlState: 'SUCCEEDED' },
      ],
    });
    expect(more.Metadata.datalake.kind).toBe('trigger');
  });

  test('ANY on request', () => {
    const { stack, workflow, catalog } = setup();
    workflow.addConditionalTrigger('More', { jobs: [catalog.job('orders')], logic: TriggerLogic.ANY, startCrawlers: [catalog.crawler('raw')] });
    expect(triggers(stack, 'CONDITIONAL').map((trigger) => trigger.Properties.Predicate.Logical)).toContain('ANY');
  });

  test('the triggers are handed out as a copy', () => {
    const { workflow } = setup();
    workflow.triggers.pop();
    expect(workflow.triggers).toHaveLength(1);
  });

  test('what AWS would refuse is refused', () => {
    const { workflow, catalog } = setup({ tables: many(51) });
    const crawler = catalog.crawler('raw');
    expect(() => workflow.addConditionalTrigger('A', { startCrawlers: [crawler] }))
      .toThrow('trigger "A" watches 0 jobs and crawlers: AWS Glue takes 1 to 500 conditions a trigger');
    expect(() => workflow.addConditionalTrigger('B', { crawlers: [crawler] })).toThrow('trigger "B" starts nothing: name a job or a crawler');
    expect(() => workflow.addConditionalTrigger('C', { crawlers: [crawler], startCrawlers: catalog.crawlers }))
      .toThrow('trigger "C" starts 3 crawlers: AWS Glue takes at most 2 a trigger, add another trigger');
    expect(() => workflow.addConditionalTrigger('D', { crawlers: [crawler], startJobs: catalog.jobs }))
      .toThrow('trigger "D" starts 51 jobs: AWS Glue takes at most 50 a trigger, add another trigger');
  });
});

test('triggers are made one after the other: Glue refuses two at once in a workflow', () => {
  const { stack, catalog } = catalogOf({ tables: Array.from({ length: 51 }, (_, index) => ({ name: `t${index}` })), maxWorkflowComponents: 200 });
  catalog.crawlAfterJobs();
  const made = catalog.workflow.triggers.map((trigger) => stack.getLogicalId(trigger));
  const found = Template.fromStack(stack).findResources('AWS::Glue::Trigger');
  expect(made).toHaveLength(3);
  expect(made.map((trigger) => found[trigger].DependsOn)).toEqual([undefined, [made[0]], [made[1]]]);
});

test('triggers say in the template what they are', () => {
  const { stack } = catalogOf({ start: WorkflowStart.onDemand() });
  Template.fromStack(stack).allResources('AWS::Glue::Trigger', { Metadata: { datalake: { kind: 'trigger' } } });
  expect(described(Template.fromStack(stack), 'workflow')).toBeDefined();
});
