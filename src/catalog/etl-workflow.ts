import { Lazy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EtlJob } from './etl-job';
import { WorkflowStart } from './workflow-start';
import { ZoneCrawler } from './zone-crawler';
import { letEventBridgeSend } from '../private/event-letters';
import { describe } from '../private/metadata';
import { requireProps, requireRange } from '../private/validation';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { PREFIXES } from '../zone/layout';

/** How the conditions of a trigger go together. */
export enum TriggerLogic {
  /** All of the watched jobs and crawlers have succeeded. */
  AND = 'AND',
  /** One of them has succeeded. */
  ANY = 'ANY',
}

/**
 * Properties of `EtlWorkflow`.
 *
 * @example
 * declare const drop: DataLakeZone;
 * declare const crawler: ZoneCrawler;
 * const props: EtlWorkflowProps = { source: drop, firstCrawler: crawler, start: WorkflowStart.onDemand() };
 * new EtlWorkflow(this, 'Workflow', props);
 */
export interface EtlWorkflowProps {
  /** What starts the workflow. */
  readonly start: WorkflowStart;

  /** The zone where new table data arrives. */
  readonly source: IDataLakeZone;

  /**
   * A crawler with which a run begins.
   *
   * @default - none: a run begins with jobs, see `addJob`
   */
  readonly firstCrawler?: ZoneCrawler;

  /**
   * Gets the events that could not be delivered to the workflow.
   *
   * @default - they are lost after 24 hours of tries; the next arrival processes their objects all the same
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * The most jobs, crawlers and triggers that the workflow may have.
   *
   * @default 100 - beyond that, AWS says, stopping and resuming a run may fail
   * @see https://docs.aws.amazon.com/glue/latest/dg/blueprint_workflow_restrictions.html
   */
  readonly maxComponents?: number;
}

/**
 * What a conditional trigger watches and starts.
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * declare const report: EtlJob;
 * const options: ConditionalTriggerOptions = { jobs: [catalog.job('orders')], startJobs: [report] };
 * catalog.workflow.addConditionalTrigger('Report', options);
 */
export interface ConditionalTriggerOptions {
  /**
   * Jobs that must have succeeded.
   *
   * @default - none
   */
  readonly jobs?: EtlJob[];

  /**
   * Crawlers that must have succeeded.
   *
   * @default - none
   */
  readonly crawlers?: ZoneCrawler[];

  /**
   * How the conditions go together.
   *
   * @default TriggerLogic.AND
   */
  readonly logic?: TriggerLogic;

  /**
   * Jobs that the trigger starts.
   *
   * @default - none
   */
  readonly startJobs?: EtlJob[];

  /**
   * Crawlers that the trigger starts: at most two.
   *
   * @default - none
   */
  readonly startCrawlers?: ZoneCrawler[];
}

/** What a trigger starts; crawlers may be known only when the template is written. */
interface Starts {
  readonly jobs?: EtlJob[];
  readonly crawlers?: ZoneCrawler[] | (() => ZoneCrawler[]);
}

/** "Only two crawlers can be activated by a single trigger": https://docs.aws.amazon.com/glue/latest/dg/about-triggers.html */
const CRAWLERS_PER_TRIGGER = 2;
/** "Max jobs per trigger": https://docs.aws.amazon.com/general/latest/gr/glue.html */
const JOBS_PER_TRIGGER = 50;
/** Array members of Conditions: https://docs.aws.amazon.com/glue/latest/webapi/API_Predicate.html */
const CONDITIONS_PER_TRIGGER = 500;

/**
 * The Glue workflow of a lake: every trigger is inside it, because a conditional trigger fires only for jobs that a trigger of its own
 * workflow has started. One run at a time.
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * declare const report: EtlJob;
 * catalog.workflow.addConditionalTrigger('Report', {
 *   jobs: [catalog.job('orders'), catalog.job('payments')],
 *   logic: TriggerLogic.AND,
 *   startJobs: [report],
 * });
 */
export class EtlWorkflow extends Construct {
  /** The Glue workflow. */
  public readonly workflow: glue.CfnWorkflow;

  /** Name of the Glue workflow. */
  public readonly workflowName: string;

  /** The trigger with which a run begins. */
  public readonly startTrigger: glue.CfnTrigger;

  /** The rule that passes arrivals on to the workflow, if new data starts it. */
  public readonly arrivalRule?: events.Rule;

  private readonly _triggers: glue.CfnTrigger[] = [];
  private readonly jobs = new Set<EtlJob>();
  private readonly crawlers = new Set<ZoneCrawler>();
  private readonly firstCrawlers: { readonly crawler: ZoneCrawler; readonly isNeeded: () => boolean }[] = [];
  private readonly firstJobs: EtlJob[] = [];
  private readonly batches: EtlJob[][] = [this.firstJobs];
  private readonly fanOuts: EtlJob[][] = [];

  constructor(scope: Construct, id: string, props: EtlWorkflowProps) {
    super(scope, id);
    requireProps(this, props, 'start', 'source');
    const maxComponents = props.maxComponents ?? 100;
    requireRange('the most components of a workflow', maxComponents, 1, 10_000);
    const start = props.start.bind();

    this.workflow = new glue.CfnWorkflow(this, 'Workflow', { description: 'From the drop zone to curated tables', maxConcurrentRuns: 1 });
    this.workflowName = this.workflow.ref;
    describe(this.workflow, { kind: 'workflow' });

    if (props.firstCrawler) this._addCrawlerIf(props.firstCrawler, () => true);
    this.startTrigger = this.makeTrigger('Start', { jobs: this.firstJobs, crawlers: () => this.neededCrawlers() }, {
      type: start.triggerType,
      schedule: start.schedule,
      eventBatchingCondition: start.batchSize === undefined ? undefined : {
        batchSize: start.batchSize,
        batchWindow: start.batchWindow?.toSeconds(),
      },
      // Glue starts scheduled and conditional triggers on creation; the others have nothing to start.
      startOnCreation: start.triggerType === 'SCHEDULED' ? true : undefined,
    });
    if (start.triggerType === 'EVENT') this.arrivalRule = this.makeArrivalRule(props);

    this.node.addValidation({ validate: () => [...this.startErrors(), ...this.componentErrors(maxComponents)] });
  }

  /** The triggers of the workflow. */
  public get triggers(): glue.CfnTrigger[] {
    return [...this._triggers];
  }

  /** Number of jobs, crawlers and triggers in the workflow. */
  public get componentCount(): number {
    return this._triggers.length + this.jobs.size + new Set([...this.crawlers, ...this.neededCrawlers()]).size;
  }

  /**
   * Adds a trigger that starts jobs and crawlers when others have succeeded.
   *
   * @param id construct id of the trigger
   * @param options what it watches and starts
   */
  public addConditionalTrigger(id: string, options: ConditionalTriggerOptions): glue.CfnTrigger {
    const { jobs = [], crawlers = [], startJobs = [], startCrawlers = [] } = options;
    const conditions = jobs.length + crawlers.length;
    if (conditions < 1 || conditions > CONDITIONS_PER_TRIGGER) {
      throw new Error(`trigger "${id}" watches ${conditions} jobs and crawlers: AWS Glue takes 1 to ${CONDITIONS_PER_TRIGGER} conditions a trigger`);
    }
    if (startJobs.length + startCrawlers.length === 0) throw new Error(`trigger "${id}" starts nothing: name a job or a crawler`);
    if (startCrawlers.length > CRAWLERS_PER_TRIGGER) {
      throw new Error(`trigger "${id}" starts ${startCrawlers.length} crawlers: AWS Glue takes at most ${CRAWLERS_PER_TRIGGER} a trigger, add another trigger`);
    }
    if (startJobs.length > JOBS_PER_TRIGGER) {
      throw new Error(`trigger "${id}" starts ${startJobs.length} jobs: AWS Glue takes at most ${JOBS_PER_TRIGGER} a trigger, add another trigger`);
    }
    return this.makeConditional(id, { jobs: startJobs, crawlers: startCrawlers }, () => predicate(jobs, crawlers, options.logic ?? TriggerLogic.AND));
  }

  /**
   * Adds a job with which a run begins. AWS Glue starts at most 50 jobs with one trigger: each further 50 start when the first of the 50 before
   * has ended, whatever its result.
   *
   * @param job the job
   */
  public addJob(job: EtlJob): void {
    this.jobs.add(job);
    const last = this.batches[this.batches.length - 1];
    if (last.length < JOBS_PER_TRIGGER) {
      last.push(job);
      return;
    }
    const jobs = [job];
    this.batches.push(jobs);
    this.makeConditional(`Start${this.batches.length}`, { jobs }, () => ended(last[0]));
  }

  /**
   * Adds a job that starts when a crawler has succeeded, beside the jobs that do so already: in one trigger up to AWS's limit, then in the next.
   *
   * @param crawler the crawler
   * @param job the job
   */
  public addJobAfter(crawler: ZoneCrawler, job: EtlJob): void {
    this.jobs.add(job);
    const last = this.fanOuts[this.fanOuts.length - 1];
    if (last && last.length < JOBS_PER_TRIGGER) {
      last.push(job);
      return;
    }
    const jobs = [job];
    this.fanOuts.push(jobs);
    const id = this.fanOuts.length === 1 ? 'Jobs' : `Jobs${this.fanOuts.length}`;
    this.makeConditional(id, { jobs }, () => predicate([], [crawler], TriggerLogic.AND));
  }

  /**
   * Adds a crawler with which a run begins, if that is needed when the template is written.
   *
   * @internal
   */
  public _addCrawlerIf(crawler: ZoneCrawler, isNeeded: () => boolean): void {
    this.firstCrawlers.push({ crawler, isNeeded });
  }

  /**
   * Ends a run with crawlers, when all jobs that the workflow has when the template is written have succeeded.
   *
   * @internal
   */
  public _endWith(crawlers: ZoneCrawler[]): void {
    this.makeConditional('AfterJobs', { crawlers }, () => predicate([...this.jobs], [], TriggerLogic.AND));
  }

  private neededCrawlers(): ZoneCrawler[] {
    return this.firstCrawlers.filter(({ isNeeded }) => isNeeded()).map(({ crawler }) => crawler);
  }

  private makeConditional(id: string, starts: Starts, condition: () => glue.CfnTrigger.PredicateProperty): glue.CfnTrigger {
    return this.makeTrigger(id, starts, { type: 'CONDITIONAL', startOnCreation: true, predicate: Lazy.any({ produce: condition }) });
  }

  private makeTrigger(id: string, { jobs = [], crawlers = [] }: Starts, props: Omit<glue.CfnTriggerProps, 'actions'>): glue.CfnTrigger {
    jobs.forEach((job) => this.jobs.add(job));
    const started = typeof crawlers === 'function' ? crawlers : () => crawlers;
    if (typeof crawlers !== 'function') crawlers.forEach((crawler) => this.crawlers.add(crawler));
    const trigger = new glue.CfnTrigger(this, id, {
      ...props,
      workflowName: this.workflowName,
      actions: Lazy.any({
        produce: () => [...jobs.map(({ jobName }) => ({ jobName })), ...started().map(({ crawlerName }) => ({ crawlerName }))],
      }),
    });
    describe(trigger, { kind: 'trigger' });
    // One after the other: Glue refuses a trigger while another one is added to the workflow, or taken from it.
    // https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2103
    const before = this._triggers[this._triggers.length - 1];
    if (before) trigger.addDependency(before);
    this._triggers.push(trigger);
    return trigger;
  }

  private makeArrivalRule({ source, deadLetterQueue }: EtlWorkflowProps): events.Rule {
    source.enableEventBridge();
    const workflowArn = Stack.of(this).formatArn({ service: 'glue', resource: 'workflow', resourceName: this.workflowName });
    const role = new iam.Role(this, 'ArrivalRole', {
      description: 'Passes arrivals of table data on to the workflow',
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com'),
      inlinePolicies: {
        Notify: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['glue:notifyEvent'], resources: [workflowArn] })] }),
      },
    });
    const rule = new events.Rule(this, 'Arrival', {
      description: 'Table data has arrived in the first zone',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [source.bucket.bucketName] }, object: { key: events.Match.prefix(PREFIXES.tables) } },
      },
      targets: [{
        bind: () => ({
          arn: workflowArn,
          role,
          // The longest that EventBridge tries: an event that Glue cannot take now is offered again for a day.
          retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
          deadLetterConfig: deadLetterQueue && { arn: deadLetterQueue.queueArn },
        }),
      }],
    });
    rule.node.addDependency(this.startTrigger);
    if (deadLetterQueue) letEventBridgeSend(deadLetterQueue, rule);
    return rule;
  }

  private startErrors(): string[] {
    if (this.firstJobs.length || this.neededCrawlers().length) return [];
    return ['workflow starts nothing: add a table, or a job with addJob'];
  }

  private componentErrors(maxComponents: number): string[] {
    if (this.componentCount <= maxComponents) return [];
    return [`workflow has ${this.componentCount} jobs, crawlers and triggers: AWS recommends at most ${maxComponents}, beyond which stopping and `
      + 'resuming a run may fail; give some tables to a second lake, or accept that with a higher maxWorkflowComponents'];
  }
}

/** That a job of this workflow run is over. These are all states that a trigger can wait for: https://docs.aws.amazon.com/glue/latest/webapi/API_Condition.html */
function ended({ jobName }: EtlJob): glue.CfnTrigger.PredicateProperty {
  return {
    logical: TriggerLogic.ANY,
    conditions: ['SUCCEEDED', 'FAILED', 'TIMEOUT', 'STOPPED'].map((state) => ({ logicalOperator: 'EQUALS', jobName, state })),
  };
}

function predicate(jobs: EtlJob[], crawlers: ZoneCrawler[], logic: TriggerLogic): glue.CfnTrigger.PredicateProperty {
  return {
    logical: logic,
    conditions: [
      ...jobs.map(({ jobName }) => ({ logicalOperator: 'EQUALS', jobName, state: 'SUCCEEDED' })),
      ...crawlers.map(({ crawlerName }) => ({ logicalOperator: 'EQUALS', crawlerName, crawlState: 'SUCCEEDED' })),
    ],
  };
}
