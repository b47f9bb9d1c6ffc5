import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { lakeIn, monitoredLake, sections } from './support';
import { AlarmTopic, Curation, LakeMonitoringOptions, WorkflowStart } from '../../src';
import { OPERATIONS } from '../../src/audit/alarms';
import { nagErrors } from '../private/nag';
import { warehouseOf } from '../warehouse/support';
import { newStack, propertiesOf, resourceOf, template } from '../zone/helpers';

function alarmsOf(stack: Stack): any[] {
  return Object.values(template(stack).findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
}

/** The alarms on a metric. */
function alarmsOn(stack: Stack, metric: string): any[] {
  return alarmsOf(stack).filter(({ MetricName }) => MetricName === metric);
}

test('a lake has no alarms and no dashboard unless asked for', () => {
  const stack = newStack();
  expect(lakeIn(stack).monitoring).toBeUndefined();
  for (const type of ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::SNS::Topic', 'AWS::Logs::MetricFilter']) template(stack).resourceCountIs(type, 0);
});

test.each<[string, string, object]>([
  ['a dead letter', 'ApproximateNumberOfMessagesVisible', { Namespace: 'AWS/SQS', Statistic: 'Maximum', Threshold: 1, Period: 300 }],
  ['a queue that is late', 'ApproximateAgeOfOldestMessage', { Namespace: 'AWS/SQS', Statistic: 'Maximum', Threshold: 3600, Period: 300 }],
  ['a function that crashes', 'Errors', { Namespace: 'AWS/Lambda', Statistic: 'Sum', Threshold: 1, Period: 300 }],
  ['a job that fails', 'TriggeredRules', { Namespace: 'AWS/Events', Statistic: 'Sum', Threshold: 1, Period: 300 }],
  ['rows in quarantine', 'QuarantinedPercent', { Namespace: 'DataLake/Stack-Lake-Monitoring-LandedRows-5CAA0BD8', Statistic: 'Maximum', Threshold: 5, Period: 300 }],
])('%s raises an alarm', (_, metric, expected) => {
  const { stack, monitoring } = monitoredLake();
  const [found, ...more] = alarmsOn(stack, metric);
  expect({ ...found, Namespace: String(found.Namespace).replace(/[0-9A-F]{8}$/, '5CAA0BD8') }).toMatchObject({
    ...expected,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [stack.resolve(monitoring.topic.topicArn)],
    OKActions: [stack.resolve(monitoring.topic.topicArn)],
  });
  // Two streams: drop and raw.
  expect(more.length).toBe(['ApproximateAgeOfOldestMessage', 'Errors'].includes(metric) ? 1 : 0);
});

test('every alarm says what to do, and names a section of the operations page', () => {
  const { stack } = monitoredLake({ noDataAfter: Duration.hours(26) });
  const descriptions = alarmsOf(stack).map(({ AlarmDescription }) => AlarmDescription as string);
  expect(descriptions).toHaveLength(10);
  for (const description of descriptions) {
    expect(description.length).toBeLessThanOrEqual(1024);
    const [, anchor] = description.split(`${OPERATIONS}#`);
    expect(sections()).toContain(anchor);
  }
});

test('thresholds of the user\'s own', () => {
  const { stack } = monitoredLake({ maxQueueAge: Duration.minutes(5), maxQuarantinedPercent: 0.5 });
  expect(alarmsOn(stack, 'ApproximateAgeOfOldestMessage').map(({ Threshold }) => Threshold)).toEqual([300, 300]);
  expect(alarmsOn(stack, 'QuarantinedPercent').map(({ Threshold }) => Threshold)).toEqual([0.5]);
});

test('failed runs are counted by a rule on the jobs of tables and curated tables, timeouts too', () => {
  const { stack, lake } = monitoredLake({}, {
    tables: ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name })), curation: Curation.sellerPerformance(),
  });
  const jobs = [...lake.catalog.jobs, lake.curatedTrigger!.job].map(({ jobName }) => stack.resolve(jobName));
  template(stack).hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { 'source': ['aws.glue'], 'detail-type': ['Glue Job State Change'], 'detail': { jobName: jobs, state: ['FAILED', 'TIMEOUT'] } },
    Targets: Match.absent(),
  });
});

test('many jobs are watched by several rules, each within EventBridge\'s limit', () => {
  const { stack, lake } = monitoredLake({ dashboard: false }, { tables: Array.from({ length: 40 }, (_, index) => ({ name: `table_with_a_rather_long_name_${index}` })) });
  const patterns = Object.values(template(stack).findResources('AWS::Events::Rule')).map(({ Properties }) => Properties.EventPattern)
    .filter((pattern) => pattern?.detail?.state?.includes('FAILED'));
  expect(patterns.flatMap(({ detail }) => detail.jobName)).toEqual(lake.catalog.jobs.map(({ jobName }) => stack.resolve(jobName)));
  // A name as CloudFormation makes it, of the logical id.
  const lengths = patterns.map((pattern) => JSON.stringify(pattern, (_, value) => value?.Ref ? `${stack.stackName}-${value.Ref}-123456789012` : value).length);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(2048);
  expect(patterns.length).toBeGreaterThan(1);
  expect(alarmsOn(stack, 'TriggeredRules')).toHaveLength(patterns.length);
});

test('rows are counted from the line that tables\' jobs print', () => {
  const { stack, lake } = monitoredLake();
  const filters = Object.values(template(stack).findResources('AWS::Logs::MetricFilter')).map(({ Properties }) => Properties);
  expect(filters.map(({ MetricTransformations: [one] }) => [one.MetricName, one.MetricValue])).toEqual([
    ['RowsIn', '$rows_in'], ['RowsQuarantined', '$rows_quarantined'], ['QuarantinedPercent', '$quarantined_percent'],
  ]);
  for (const filter of filters) {
    expect(filter).toMatchObject({
      LogGroupName: stack.resolve(lake.catalog.job('orders').logGroup.logGroupName),
      FilterPattern: '[mark = "LAKE_METRICS", table, rows_in, rows_out, rows_quarantined, quarantined_percent]',
    });
  }
});

describe('no data', () => {
  test('is an alarm for each stream and one for the tables', () => {
    const { stack, lake } = monitoredLake({ noDataAfter: Duration.hours(26) });
    const found = alarmsOf(stack).filter(({ ComparisonOperator }) => ComparisonOperator === 'LessThanThreshold');
    for (const alarm of found) expect(alarm).toMatchObject({ Period: 3600, EvaluationPeriods: 26, Threshold: 1, Statistic: 'Sum', TreatMissingData: 'breaching' });
    expect(found.map(({ MetricName }) => MetricName).sort()).toEqual(['NumberOfMessagesSent', 'NumberOfMessagesSent', 'TriggeredRules']);
    expect(found.flatMap(({ Dimensions }) => Dimensions)).toContainEqual({ Name: 'RuleName', Value: stack.resolve(lake.catalog.workflow.arrivalRule!.ruleName) });
  });

  test.each<[string, Partial<LakeMonitoringOptions>, object, string]>([
    ['part of an hour', { noDataAfter: Duration.minutes(90) }, {}, 'noDataAfter is 1 hour 30 minutes: give whole hours'],
    ['more than seven days', { noDataAfter: Duration.days(8) }, {}, 'noDataAfter must be between 1 hour and 7 days, got 8 days'],
    ['nothing to watch', { noDataAfter: Duration.hours(1) }, { start: WorkflowStart.hourly(), zones: [{ name: 'a', dataStreams: [] }, { name: 'b' }] }, 'noDataAfter has nothing to watch'],
  ])('%s is refused', (_, options, props, message) => {
    expect(() => monitoredLake(options, props)).toThrow(message);
  });
});

describe('the topic', () => {
  const alarms = (stack: Stack) => stack.resolve(`arn:${stack.partition}:cloudwatch:${stack.region}:${stack.account}:alarm:*`);
  const only = (stack: Stack, arn: unknown) => ({ StringEquals: { 'aws:SourceAccount': stack.resolve(stack.account) }, ArnLike: { 'aws:SourceArn': arn } });

  test('and its key let the account\'s alarms publish, and nobody without TLS', () => {
    const { stack, monitoring } = monitoredLake();
    const Principal = { Service: 'cloudwatch.amazonaws.com' };
    expect(resourceOf(stack, monitoring.alarmTopic!.encryptionKey).Properties.KeyPolicy.Statement).toContainEqual({
      Sid: 'Alarms', Effect: 'Allow', Principal, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: '*', Condition: only(stack, alarms(stack)),
    });
    const [policy] = Object.values(template(stack).findResources('AWS::SNS::TopicPolicy'));
    const topic = stack.resolve(monitoring.topic.topicArn);
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      { Sid: 'Alarms', Effect: 'Allow', Principal, Action: 'sns:Publish', Resource: topic, Condition: only(stack, alarms(stack)) },
    ]);
    expect(propertiesOf(stack, monitoring.alarmTopic!).KmsMasterKeyId).toEqual(stack.resolve(monitoring.alarmTopic!.encryptionKey.keyArn));
    expect(resourceOf(stack, monitoring.alarmTopic!.encryptionKey)).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', Properties: { EnableKeyRotation: true } });
  });

  test('sends mails to whom it is told', () => {
    const { stack } = monitoredLake({ emails: ['a@example.com', 'b@example.com'] });
    const found = Object.values(template(stack).findResources('AWS::SNS::Subscription')).map(({ Properties: { Protocol, Endpoint } }) => [Protocol, Endpoint]);
    expect(found).toEqual([['email', 'a@example.com'], ['email', 'b@example.com']]);
  });

  test('of the user\'s own is taken as it is, and takes no mails', () => {
    const stack = newStack();
    const topic = sns.Topic.fromTopicArn(stack, 'Theirs', 'arn:aws:sns:eu-west-1:111122223333:theirs');
    const { monitoring } = lakeIn(stack, { monitoring: { topic } });
    expect(monitoring!.alarmTopic).toBeUndefined();
    template(stack).resourceCountIs('AWS::SNS::Topic', 0);
    expect(alarmsOf(stack)[0].AlarmActions).toEqual(['arn:aws:sns:eu-west-1:111122223333:theirs']);
    expect(() => lakeIn(new Stack(new App(), 'Other'), { monitoring: { topic, emails: ['a@example.com'] } }))
      .toThrow('emails a@example.com are for the own topic only');
  });

  test('takes an existing key, and goes with an ephemeral stack', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const topic = new AlarmTopic(stack, 'Topic', { encryptionKey });
    const short = new AlarmTopic(stack, 'Short', { ephemeral: true });
    expect(propertiesOf(stack, topic).KmsMasterKeyId).toEqual(stack.resolve(encryptionKey.keyArn));
    expect(resourceOf(stack, short.encryptionKey).DeletionPolicy).toBe('Delete');
  });

  test('lets the account\'s budgets publish, if there is one', () => {
    const { stack, monitoring } = monitoredLake({ budget: { monthlyLimit: 200, tag: { key: 'project', value: 'lake' } } });
    expect(propertiesOf(stack, monitoring.alarmTopic!.encryptionKey).KeyPolicy.Statement).toContainEqual(expect.objectContaining({
      Principal: { Service: 'budgets.amazonaws.com' }, Condition: only(stack, stack.resolve(`arn:${stack.partition}:budgets::${stack.account}:*`)),
    }));
    template(stack).hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 200, Unit: 'USD' }, CostFilters: { TagKeyValue: ['user:project$lake'] } },
      NotificationsWithSubscribers: [80, 100, 100].map((Threshold, index) => ({
        Notification: { NotificationType: index === 2 ? 'FORECASTED' : 'ACTUAL', Threshold, ThresholdType: 'PERCENTAGE', ComparisonOperator: 'GREATER_THAN' },
        Subscribers: [{ SubscriptionType: 'SNS', Address: stack.resolve(monitoring.topic.topicArn) }],
      })),
    });
    // https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html: the topic that lets it publish comes first.
    template(stack).hasResource('AWS::Budgets::Budget', { DependsOn: Match.arrayWith(Object.keys(template(stack).findResources('AWS::SNS::TopicPolicy'))) });
  });
});

test('the dashboard shows every zone, stream and job metric', () => {
  const { stack, lake, monitoring } = monitoredLake();
  const body = JSON.stringify(propertiesOf(stack, monitoring.dashboard!).DashboardBody);
  for (const text of ['NumberOfObjects', 'BucketSizeBytes', 'ApproximateAgeOfOldestMessage', 'Errors', 'Duration', 'TriggeredRules', 'RowsQuarantined', 'QuarantinedPercent', 'alarms']) {
    expect(body).toContain(text);
  }
  for (const { bucket } of lake.zones) expect(body).toContain(stack.resolve(bucket.bucketName).Ref);
});

test('no dashboard', () => {
  const { stack } = monitoredLake({ dashboard: false });
  template(stack).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
});

test.each<[Partial<LakeMonitoringOptions>, string]>([
  [{ maxQuarantinedPercent: 0 }, 'maxQuarantinedPercent is 0: give more than 0 and at most 100 percent'],
  [{ maxQuarantinedPercent: 101 }, 'maxQuarantinedPercent is 101'],
  [{ maxQueueAge: Duration.seconds(5) }, 'maxQueueAge must be between 1 minute and 14 days, got 5 seconds'],
  [{ budget: { monthlyLimit: 0 } }, 'monthlyLimit of the budget is 0: give an amount in US dollars above 0'],
])('%j is refused', (options, message) => {
  expect(() => monitoredLake(options)).toThrow(message);
});

test('a job and a stream that are added later are watched', () => {
  const { stack, lake, monitoring } = monitoredLake();
  const before = monitoring.alarms.length;
  const job = lake.catalog.addTable({ name: 'later' });
  monitoring.addJob(job);
  monitoring.addStream(lake.zone('drop').addDataStream('clicks'));
  expect(monitoring.alarms.length - before).toBe(2);
  expect(JSON.stringify(template(stack).findResources('AWS::Events::Rule'))).toContain(stack.resolve(job.jobName).Ref);
});

test('a warehouse\'s loads are watched: those that the warehouse fails, and those that do not start', () => {
  const { stack, lake } = warehouseOf({}, { monitoring: {} });
  const [failed, errors] = ['LoadFailed', 'LoaderErrors'].map((name) => propertiesOf(stack, lake.monitoring!.node.findChild(`${name}-Warehouse`)));
  const rules = template(stack).findResources('AWS::Events::Rule');
  expect(rules[failed.Dimensions[0].Value.Ref].Properties.EventPattern).toMatchObject({ source: ['aws.redshift-data'], detail: { state: ['FAILED', 'ABORTED'] } });
  expect(template(stack).toJSON().Resources[errors.Dimensions[0].Value.Ref].Properties.Handler).toBe('load.handler');
  expect([failed, errors].map(({ Namespace, MetricName, Threshold, AlarmDescription }) => [Namespace, MetricName, Threshold, AlarmDescription.split('#')[1]])).toEqual([
    ['AWS/Events', 'TriggeredRules', 1, 'a-load-failed'], ['AWS/Lambda', 'Errors', 1, 'a-load-failed'],
  ]);
  expect(sections()).toContain('a-load-failed');
  expect(nagErrors(stack)).toEqual([]);
});

test.each([true, false])('cdk-nag finds nothing, with ephemeral %s', (ephemeral) => {
  const { stack } = monitoredLake({ budget: { monthlyLimit: 200 }, noDataAfter: Duration.hours(5), emails: ['a@example.com'] }, { ephemeral });
  expect(nagErrors(stack)).toEqual([]);
});
