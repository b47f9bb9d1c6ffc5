import { AssertionsProvider, AwsApiCall, ExpectedResult, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { Duration } from 'aws-cdk-lib';
import { IFunction } from 'aws-cdk-lib/aws-lambda';
import { IBucket } from 'aws-cdk-lib/aws-s3';
import { IQueue } from 'aws-cdk-lib/aws-sqs';
import { AthenaWorkgroup, EtlJob, EtlWorkflow } from '../src';

/** Functions answer in seconds. */
const FUNCTION = { interval: Duration.seconds(2), totalTimeout: Duration.minutes(5) };

/** On AWS a job or a crawler takes minutes to start, and a workflow has several in a row. */
const WORKFLOW = { interval: Duration.seconds(5), totalTimeout: Duration.minutes(45) };

/** An alarm looks at periods of five minutes, and SQS reports with a delay. */
const ALARM = { interval: Duration.seconds(2), totalTimeout: Duration.minutes(20) };

/**
 * What the integration tests do with a deployed lake: steps that move data, or look at data that moved, one after another in the order in
 * which they are written. The same on the embedded cloud and on AWS.
 */
export class LakeAssertions {
  private last?: AwsApiCall;
  private readonly granted = new Set<string>();

  constructor(private readonly test: IntegTest) {}

  /** Puts an object, as a source system would. */
  public put(bucket: IBucket, key: string, body: string): this {
    return this.step('S3', 'putObject', { Bucket: bucket.bucketName, Key: key, Body: body });
  }

  /** Waits until an object is there with this content. */
  public seesObject(bucket: IBucket, key: string, body: string): this {
    return this.step('S3', 'getObject', { Bucket: bucket.bucketName, Key: key }, (call) => call
      .expect(ExpectedResult.objectLike({ Body: body }))
      .waitForAssertions(FUNCTION));
  }

  /** Waits until so many objects are under a prefix. */
  public seesObjects(bucket: IBucket, prefix: string, count: number): this {
    return this.step('S3', 'listObjectsV2', { Bucket: bucket.bucketName, Prefix: prefix }, (call) => call
      .expect(ExpectedResult.objectLike({ KeyCount: count }))
      .waitForAssertions(FUNCTION));
  }

  /** Asks a service, and sees this in its answer. */
  public sees(service: string, api: string, parameters: object, answer: { [key: string]: unknown }): this {
    return this.step(service, api, parameters, (call) => call.expect(ExpectedResult.objectLike(answer)));
  }

  /** Waits until a function gives this answer to a question. */
  public asks(handler: IFunction, question: object, answer: string): this {
    const payload = JSON.stringify(question);
    const call = this.test.assertions.invokeFunction({ functionName: handler.functionName, payload }) as AwsApiCall;
    return this.then(call, () => call.expect(ExpectedResult.objectLike({ Payload: JSON.stringify(answer) })).waitForAssertions(FUNCTION));
  }

  /** Starts the workflow, as its users can. */
  public startsWorkflow(workflow: EtlWorkflow): this {
    return this.step('Glue', 'startWorkflowRun', { Name: workflow.workflowName });
  }

  /**
   * Waits until the workflow's last run has ended, and sees how many of its jobs and crawlers succeeded and failed. Two steps, because a
   * run with a failed job is completed, too: then there is nothing more to wait for.
   */
  public seesWorkflowEnd(workflow: EtlWorkflow, succeeded: number, failed: number = 0): this {
    const statistics = { SucceededActions: succeeded, FailedActions: failed };
    return this
      .step('Glue', 'getWorkflow', { Name: workflow.workflowName }, (call) => call
        .expect(ExpectedResult.objectLike({ Workflow: { LastRun: { Status: 'COMPLETED' } } }))
        .waitForAssertions(WORKFLOW))
      .step('Glue', 'getWorkflow', { Name: workflow.workflowName }, (call) => call
        .expect(ExpectedResult.objectLike({ Workflow: { LastRun: { Statistics: statistics } } })));
  }

  /** The job was never started. */
  public seesNoRun(job: EtlJob): this {
    return this.step('Glue', 'getJobRuns', { JobName: job.jobName }, (call) => call.expect(ExpectedResult.objectLike({ JobRuns: [] })));
  }

  /** Asks Athena, and sees these rows under these columns. */
  public seesRows(workgroup: AthenaWorkgroup, database: string, sql: string, columns: string[], ...rows: (string | null)[][]): this {
    const query = this.call('Athena', 'startQueryExecution', {
      QueryString: sql, WorkGroup: workgroup.workgroupName, QueryExecutionContext: { Database: database },
    });
    const QueryExecutionId = query.getAttString('QueryExecutionId');
    const shown = [columns, ...rows].map((row) => ({ Data: row.map((value) => value === null ? {} : { VarCharValue: value }) }));
    return this
      .step('Athena', 'getQueryExecution', { QueryExecutionId }, (call) => call
        .expect(ExpectedResult.objectLike({ QueryExecution: { Status: { State: Match.stringLikeRegexp('SUCCEEDED|FAILED|CANCELLED') } } }))
        .waitForAssertions(FUNCTION))
      .step('Athena', 'getQueryExecution', { QueryExecutionId }, (call) => call
        .expect(ExpectedResult.objectLike({ QueryExecution: { Status: { State: 'SUCCEEDED' } } })))
      .step('Athena', 'getQueryResults', { QueryExecutionId }, (call) => call
        .expect(ExpectedResult.objectLike({ ResultSet: { Rows: shown } })));
  }

  /** Asks a function until it answers with this text. */
  public seesAnswer(asked: IFunction, event: object, answer: string): this {
    return this.step('Lambda', 'invoke', { FunctionName: asked.functionName, Payload: JSON.stringify(event) }, (call) => call
      .expect(ExpectedResult.objectLike({ Payload: JSON.stringify(answer) }))
      .waitForAssertions(WORKFLOW));
  }

  /** Waits until so many letters are in the dead-letter queue. None is asked last: what fails is tried three times before it is there. */
  public seesDeadLetters(queue: IQueue, count: number): this {
    return this.step('SQS', 'getQueueAttributes', { QueueUrl: queue.queueUrl, AttributeNames: ['All'] }, (call) => {
      const expected = call.expect(ExpectedResult.objectLike({
        Attributes: { ApproximateNumberOfMessages: String(count), ApproximateNumberOfMessagesNotVisible: '0' },
      }));
      return count ? expected.waitForAssertions(FUNCTION) : expected;
    });
  }

  /** Waits until a queue has a message. */
  public seesMessage(queue: IQueue): this {
    return this.step('SQS', 'getQueueAttributes', { QueueUrl: queue.queueUrl, AttributeNames: ['All'] }, (call) => call
      .expect(ExpectedResult.objectLike({ Attributes: { ApproximateNumberOfMessages: '1' } }))
      .waitForAssertions(ALARM));
  }

  private step(service: string, api: string, parameters: object, expect: (call: AwsApiCall) => unknown = () => undefined): this {
    return this.then(this.call(service, api, parameters), expect);
  }

  private call(service: string, api: string, parameters: object): AwsApiCall {
    const call = this.test.assertions.awsApiCall(service, api, parameters) as AwsApiCall;
    this.append(call);
    return call;
  }

  private then(call: AwsApiCall, expect: (call: AwsApiCall) => unknown): this {
    if (this.last !== call) this.append(call);
    expect(call);
    if (call.waiterProvider) this.grant('waiter', call.waiterProvider);
    return this;
  }

  private append(call: AwsApiCall): void {
    this.grant('caller', call.provider);
    this.last?.next(call);
    this.last = call;
  }

  /** What the calls need beside the right to make them: the data, its keys, its tables. Once for each of the two functions that call. */
  private grant(who: string, provider: AssertionsProvider): void {
    if (this.granted.has(who)) return;
    this.granted.add(who);
    provider.addToRolePolicy({
      Effect: 'Allow',
      Action: [
        's3:GetObject', 's3:PutObject', 's3:ListBucket', 's3:GetBucketLocation', 'kms:Decrypt', 'kms:GenerateDataKey',
        'glue:GetDatabase*', 'glue:GetTable*', 'glue:GetPartition*', 'athena:GetWorkGroup',
        'lambda:InvokeFunction',
      ],
      Resource: ['*'],
    });
  }
}
