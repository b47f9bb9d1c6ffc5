import { Annotations, Duration, Names, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { GlueSecurity } from './glue-security';
import { JobScript } from './job-script';
import { GlueExecutionClass, GlueVersion, GlueWorkerType, JobSettings } from './job-settings';
import { JobMetricType, JobState } from './job-state';
import { validateArguments, validateSettings } from './merge-settings';
import { compacted } from './private/compact';
import { GlueRole } from './private/glue-role';
import { GlueNetwork } from '../network/glue-network';
import { WARNINGS } from '../private/annotations';
import { removalPolicy } from '../private/ephemeral';
import { allowWildcards } from '../private/nag';
import { requireProps } from '../private/validation';
import { RESERVED_PREFIXES } from '../zone/layout';

/**
 * Properties of `EtlJob`.
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * const props: EtlJobProps = {
 *   script: JobScript.fromAsset('jobs/report.py'),
 *   security: catalog.security,
 *   modules: catalog.modules,
 *   settings: { timeout: Duration.minutes(20) },
 * };
 * new EtlJob(this, 'Report', props);
 */
export interface EtlJobProps {
  /** The script that the job runs. */
  readonly script: JobScript;

  /** Encryption of the job's logs and bookmarks. */
  readonly security: GlueSecurity;

  /**
   * The arguments that the construct which makes the job manages.
   *
   * @default - none
   */
  readonly managedArguments?: { [key: string]: string };

  /**
   * What the job is for.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * The library's Python modules for jobs.
   *
   * @default - the script imports nothing of its own
   */
  readonly modules?: JobModules;

  /**
   * The place in a VPC that the job runs in.
   *
   * @default - none: the job runs in AWS's network
   */
  readonly network?: GlueNetwork;

  /**
   * Workers, timeout, further arguments.
   *
   * @default - two G.1X workers, one hour, no retry
   */
  readonly settings?: JobSettings;

  /**
   * How long the job's logs are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Whether the log groups go with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/**
 * A zip of Python modules in a bucket.
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * const modules: JobModules = catalog.modules;
 * new EtlJob(this, 'Report', { modules, security: catalog.security, script: JobScript.fromAsset('jobs/report.py') });
 */
export interface JobModules {
  /** The bucket. */
  readonly bucket: s3.IBucket;

  /** The zip's key in the bucket. */
  readonly objectKey: string;
}

/** The arguments, beside the script's location, by which a run is made to run other code. */
const CODE_ARGUMENTS = ['--extra-py-files', '--extra-jars', '--extra-files', '--additional-python-modules'];
const INSTALLER = '--python-modules-installer-option';

/**
 * A Glue Spark job with its own role and its own encrypted log groups.
 *
 * Under a security configuration Glue names the log groups of a job `<prefix>/<security configuration>-role/<role>/output` (what the script
 * prints) and `.../error` (Spark's and Glue's own logs); they are made here, so that they have a retention and go with the stack.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * declare const alarms: sns.ITopic;
 * const job = catalog.job('orders');
 * job.onFailure('Failed', { target: new targets.SnsTopic(alarms) });
 * job.metricFailure({ period: Duration.hours(1) }).createAlarm(this, 'Failures', { threshold: 1, evaluationPeriods: 1 });
 */
export class EtlJob extends Construct implements iam.IGrantable {
  /** The Glue job. */
  public readonly job: glue.CfnJob;

  /** Name of the Glue job. */
  public readonly jobName: string;

  /** The role that the job runs under. */
  public readonly role: iam.Role;

  /** What is granted to the job becomes part of its role. */
  public readonly grantPrincipal: iam.IPrincipal;

  /** Log group of what the script prints. */
  public readonly logGroup: logs.LogGroup;

  /** Log group of what Spark and Glue report. */
  public readonly errorLogGroup: logs.LogGroup;

  private readonly codeArguments: { readonly [name: string]: string };
  private readonly scriptBucket: s3.IBucket;

  constructor(scope: Construct, id: string, props: EtlJobProps) {
    super(scope, id);
    requireProps(this, props, 'script', 'security');
    const settings = props.settings ?? {};
    validateSettings(settings);

    const glueRole = new GlueRole(this, props.description ?? 'Glue job', RESERVED_PREFIXES);
    this.role = glueRole.role;
    this.grantPrincipal = glueRole.grantee;

    const logPrefix = `/aws-glue/jobs/${Names.uniqueResourceName(this, { maxLength: 100, separator: '-' })}`;
    this.logGroup = this.makeLogGroup('Log', logPrefix, 'output', props);
    this.errorLogGroup = this.makeLogGroup('ErrorLog', logPrefix, 'error', props);
    glueRole.allowLogGroups(`${logPrefix}/`);
    props.security._allowJob(this.role);

    const script = props.script.bind(this);
    this.scriptBucket = script.bucket;
    const files = [{ bucket: script.bucket, objectKey: script.objectKey }, ...props.modules ? [props.modules] : []]
      .filter(({ objectKey }) => !props.security._isShared(objectKey));
    if (files.length) glueRole.allow(['s3:GetObject'], files.map(({ bucket, objectKey }) => bucket.arnForObjects(objectKey)));
    // These actions know no resource type: a statement with the job's ARN would allow nothing.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
    if (settings.bookmarks) glueRole.allow(['glue:GetJobBookmark', 'glue:ResetJobBookmark'], ['*']);
    if (props.network) this.joinNetwork(props.network);

    const managed = this.managedArguments(props, logPrefix);
    validateArguments(settings.defaultArguments, managed);
    this.codeArguments = { ...settings.defaultArguments, ...managed };
    this.job = new glue.CfnJob(this, 'Job', {
      description: props.description,
      role: this.role.roleArn,
      glueVersion: settings.glueVersion ?? GlueVersion.V5_1,
      command: { name: 'glueetl', pythonVersion: '3', scriptLocation: Token.asString(compacted(script.bucket.s3UrlForObject(script.objectKey))) },
      workerType: settings.workerType ?? GlueWorkerType.G_1X,
      numberOfWorkers: settings.numberOfWorkers ?? 2,
      timeout: (settings.timeout ?? Duration.hours(1)).toMinutes(),
      maxRetries: settings.maxRetries ?? 0,
      executionClass: settings.executionClass,
      jobRunQueuingEnabled: waitsForResources(settings),
      executionProperty: { maxConcurrentRuns: 1 },
      securityConfiguration: props.security.securityConfigurationName,
      connections: props.network && { connections: [props.network.connectionName] },
      defaultArguments: compacted({ ...settings.defaultArguments, ...managed }),
    });
    this.job.node.addDependency(this.errorLogGroup);
    this.jobName = this.job.ref;
    if ((settings.timeout ?? Duration.hours(1)).toMinutes() > 12 * 60) {
      Annotations.of(this).addWarningV2(WARNINGS.longJobTimeout,
        'a run of this job may take over 12 hours: a hanging run costs its workers until the timeout');
    }
  }

  /**
   * Adds a rule for every event of this job.
   *
   * @param id construct id of the rule
   * @param options target and further conditions
   */
  public onEvent(id: string, options: events.OnEventOptions = {}): events.Rule {
    const rule = new events.Rule(this, id, options);
    rule.addTarget(options.target);
    rule.addEventPattern({
      source: ['aws.glue'],
      detailType: ['Glue Job State Change', 'Glue Job Run Status'],
      detail: { jobName: [this.jobName] },
    });
    return rule;
  }

  /**
   * Adds a rule for runs of this job that reach a state.
   *
   * @param id construct id of the rule
   * @param state the state
   * @param options target and further conditions
   */
  public onStateChange(id: string, state: JobState, options: events.OnEventOptions = {}): events.Rule {
    const rule = this.onEvent(id, options);
    rule.addEventPattern({ detail: { state: [state] } });
    return rule;
  }

  /**
   * Adds a rule for runs of this job that succeed.
   *
   * @param id construct id of the rule
   * @param options target and further conditions
   */
  public onSuccess(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onStateChange(id, JobState.SUCCEEDED, options);
  }

  /**
   * Adds a rule for runs of this job that fail.
   *
   * @param id construct id of the rule
   * @param options target and further conditions
   */
  public onFailure(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onStateChange(id, JobState.FAILED, options);
  }

  /**
   * Adds a rule for runs of this job that exceed its timeout.
   *
   * @param id construct id of the rule
   * @param options target and further conditions
   */
  public onTimeout(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onStateChange(id, JobState.TIMEOUT, options);
  }

  /**
   * Returns a metric that Glue reports of this job, over all of its runs.
   *
   * @param metricName name of the metric, such as `glue.driver.aggregate.bytesRead`
   * @param type how Glue counts it
   * @param options statistic, period, label
   */
  public metric(metricName: string, type: JobMetricType, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const dimensionsMap = { JobName: this.jobName, JobRunId: 'ALL', Type: type };
    return new cloudwatch.Metric({ namespace: 'Glue', metricName, dimensionsMap, ...options }).attachTo(this);
  }

  /**
   * Returns a metric that counts the runs that succeeded. Adds the rule that counts them, once.
   *
   * @param options statistic, period, label
   */
  public metricSuccess(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.countOf('SuccessMetricRule', JobState.SUCCEEDED, options);
  }

  /**
   * Returns a metric that counts the runs that failed. Adds the rule that counts them, once.
   *
   * @param options statistic, period, label
   */
  public metricFailure(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.countOf('FailureMetricRule', JobState.FAILED, options);
  }

  /**
   * Returns a metric that counts the runs that exceeded the timeout. Adds the rule that counts them, once.
   *
   * @param options statistic, period, label
   */
  public metricTimeout(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.countOf('TimeoutMetricRule', JobState.TIMEOUT, options);
  }

  /**
   * Lets nobody who starts a run have it run anything else: neither another script nor other modules. What is empty was not given, and stays so.
   *
   * Whoever starts a run names its arguments, and those that are not overridable win:
   * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
   *
   * @internal
   */
  public _pinCode(): void {
    const { scriptLocation } = this.job.command as glue.CfnJob.JobCommandProperty;
    const given = this.codeArguments;
    // Where pip installs something, its options say from where.
    const names = given['--additional-python-modules'] ? [...CODE_ARGUMENTS, INSTALLER] : CODE_ARGUMENTS;
    this.job.nonOverridableArguments = compacted({
      '--scriptLocation': scriptLocation,
      ...Object.fromEntries(names.map((name) => [name, given[name] ?? ''])),
    });
  }

  /**
   * The bucket that holds the job's script.
   *
   * @internal
   */
  public get _scriptBucket(): s3.IBucket {
    return this.scriptBucket;
  }

  /** EventBridge counts how often a rule matched, with or without a target. */
  private countOf(id: string, state: JobState, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    const rule = this.node.tryFindChild(id) as events.Rule | undefined ?? this.onStateChange(id, state);
    return new cloudwatch.Metric({
      namespace: 'AWS/Events',
      metricName: 'TriggeredRules',
      dimensionsMap: { RuleName: rule.ruleName },
      statistic: cloudwatch.Stats.SUM,
      ...options,
    }).attachTo(rule);
  }

  /** All arguments that the job sets itself; a user's own cannot replace them. */
  private managedArguments({ managedArguments, modules, settings }: EtlJobProps, logPrefix: string): { [key: string]: string } {
    return {
      ...managedArguments,
      '--job-language': 'python',
      ...settings?.autoScaling !== undefined && { '--enable-auto-scaling': String(settings.autoScaling) },
      '--job-bookmark-option': settings?.bookmarks ? 'job-bookmark-enable' : 'job-bookmark-disable',
      '--enable-metrics': 'true',
      '--enable-observability-metrics': 'true',
      '--custom-logGroup-prefix': logPrefix,
      ...modules && { '--extra-py-files': modules.bucket.s3UrlForObject(modules.objectKey) },
    };
  }

  private joinNetwork(network: GlueNetwork): void {
    for (const statement of network._statements()) this.grantPrincipal.addToPrincipalPolicy(statement);
    allowWildcards(this.role, {
      finding: /^Resource::(\*|.+:network-interface\/\*)$/,
      reason: 'Glue makes the network interfaces as a run in a VPC starts: their names are not known before. The actions that describe take no resources.',
    });
  }

  private makeLogGroup(id: string, prefix: string, stream: string, props: EtlJobProps): logs.LogGroup {
    return new logs.LogGroup(this, id, {
      logGroupName: `${prefix}/${props.security.securityConfigurationName}-role/${this.role.roleName}/${stream}`,
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      encryptionKey: props.security.encryptionKey,
      removalPolicy: removalPolicy(props.ephemeral ?? false),
    });
  }
}

/**
 * Whether a run over the account's limits waits instead of failing. Glue lets no job with retries wait; FLEX waits by itself.
 *
 * https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html
 */
function waitsForResources({ maxRetries, executionClass }: JobSettings): true | undefined {
  return !maxRetries && executionClass !== GlueExecutionClass.FLEX ? true : undefined;
}
