import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { EtlJob, GlueSecurity, JobMetricType, JobScript, JobState } from '../../src';

function jobIn() {
  const stack = new Stack(new App(), 'Test');
  const script = JobScript.fromBucket(s3.Bucket.fromBucketName(stack, 'Scripts', 'scripts'), 'mine.py');
  return { stack, job: new EtlJob(stack, 'Mine', { security: new GlueSecurity(stack, 'Security'), script }) };
}

/** The pattern of the only rule of a stack. */
function patternOf(stack: Stack): any {
  const rules = Object.values<any>(Template.fromStack(stack).findResources('AWS::Events::Rule'));
  expect(rules).toHaveLength(1);
  return rules[0].Properties.EventPattern;
}

type Subscribe = (job: EtlJob) => unknown;

test.each<[string, Subscribe, string[] | undefined]>([
  ['onEvent', (job) => job.onEvent('Rule'), undefined],
  ['onSuccess', (job) => job.onSuccess('Rule'), ['SUCCEEDED']],
  ['onFailure', (job) => job.onFailure('Rule'), ['FAILED']],
  ['onTimeout', (job) => job.onTimeout('Rule'), ['TIMEOUT']],
  ['onStateChange', (job) => job.onStateChange('Rule', JobState.STOPPED), ['STOPPED']],
  ['metricSuccess', (job) => job.metricSuccess(), ['SUCCEEDED']],
  ['metricFailure', (job) => job.metricFailure(), ['FAILED']],
  ['metricTimeout', (job) => job.metricTimeout(), ['TIMEOUT']],
])('%s makes a rule for this job', (_, subscribe, state) => {
  const { stack, job } = jobIn();
  subscribe(job);
  expect(patternOf(stack)).toEqual({
    'source': ['aws.glue'],
    'detail-type': ['Glue Job State Change', 'Glue Job Run Status'],
    'detail': { jobName: [stack.resolve(job.jobName)], ...state && { state } },
  });
});

test('the rule has the target and the further conditions that are given', () => {
  const { stack, job } = jobIn();
  const queue = new sqs.Queue(stack, 'Queue');
  job.onFailure('Rule', { target: new targets.SqsQueue(queue), eventPattern: { account: ['111122223333'] } });
  Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { account: ['111122223333'], detail: { state: ['FAILED'] } },
    Targets: [{ Arn: stack.resolve(queue.queueArn) }],
  });
});

test('two metrics of one state share their rule', () => {
  const { stack, job } = jobIn();
  job.metricFailure();
  const metric = job.metricFailure({ period: Duration.hours(1) });
  expect(stack.resolve(metric.toMetricConfig().metricStat)).toMatchObject({
    namespace: 'AWS/Events', metricName: 'TriggeredRules', statistic: 'Sum', dimensions: [{ name: 'RuleName' }],
  });
  Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 1);
});

test('a metric of Glue covers all runs of the job', () => {
  const { stack, job } = jobIn();
  const { dimensions, namespace } = job.metric('glue.driver.aggregate.bytesRead', JobMetricType.COUNT).toMetricConfig().metricStat!;
  expect(namespace).toBe('Glue');
  expect(stack.resolve(dimensions)).toEqual([
    { name: 'JobName', value: stack.resolve(job.jobName) }, { name: 'JobRunId', value: 'ALL' }, { name: 'Type', value: 'count' },
  ]);
  Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 0);
});
