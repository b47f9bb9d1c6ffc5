import * as events from 'aws-cdk-lib/aws-events';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import { atLeast, CLEARANCE, GUARDED } from '../access/classes';
import { DataClassification } from '../access/data-classification';
import { clear, highestOf } from '../access/zone-classes';
import { JobState } from '../catalog/job-state';
import { ZonedGlueCatalog } from '../catalog/zoned-glue-catalog';
import { CuratedTrigger } from '../curation/curated-trigger';
import { letEventBridgeSend } from '../private/event-letters';
import { lengthInPattern, longestName, NAMES_IN_PATTERN } from '../private/job-names';
import { allowWildcards } from '../private/nag';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { below } from '../zone/layout';

/**
 * Properties of `CuratedSource`.
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * const props: CuratedSourceProps = {
 *   catalog: lake.catalog, curatedTables: lake.curatedTriggers, deadLetterQueue: lake.deadLetterQueue.queue,
 * };
 */
export interface CuratedSourceProps {
  /** The lake's catalog. */
  readonly catalog: ZonedGlueCatalog;

  /** The curated tables that there are. */
  readonly curatedTables: CuratedTrigger[];

  /** Where a load ends that failed. */
  readonly deadLetterQueue: sqs.IQueue;

  /**
   * Roles that may read what is loaded, and write nothing.
   *
   * @default - none
   */
  readonly readers?: iam.IRole[];

  /**
   * Bucket for the access logs of buckets that a sink makes.
   *
   * @default - a sink makes one of its own
   */
  readonly accessLogBucket?: s3.IBucket;
}

/**
 * What a sink is given: the curated tables, and what the lake has for those who load them.
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * declare const loader: lambda.Function;
 * const source = new CuratedSource({
 *   catalog: lake.catalog, curatedTables: lake.curatedTriggers, deadLetterQueue: lake.deadLetterQueue.queue,
 * });
 * const tables = source.choose(loader, ['seller_performance']);
 * source.grantRead(loader.role!, tables);
 * source.onCurated(loader, 'Curated', tables, new targets.LambdaFunction(loader, { deadLetterQueue: source.deadLetterQueue }));
 */
export class CuratedSource {
  /** The lake's catalog. It names the files of a table at each moment: the table's prefix holds those of the run before, too. */
  public readonly catalog: ZonedGlueCatalog;

  /** The zone of the tables, with its bucket and its key. */
  public readonly zone: IDataLakeZone;

  /** Name of the tables' database in the catalog. */
  public readonly databaseName: string;

  /** Where a load ends that failed. */
  public readonly deadLetterQueue: sqs.IQueue;

  /** Bucket for the access logs of buckets that a sink makes, if the lake has one. */
  public readonly accessLogBucket?: s3.IBucket;

  private readonly _tables: CuratedTrigger[];
  private readonly _readers: iam.IRole[];

  constructor(props: CuratedSourceProps) {
    this.catalog = props.catalog;
    this.zone = props.catalog.lastZone;
    this.databaseName = props.catalog.databaseName(this.zone.zoneName);
    this.deadLetterQueue = props.deadLetterQueue;
    this.accessLogBucket = props.accessLogBucket;
    this._tables = [...props.curatedTables];
    this._readers = [...props.readers ?? []];
  }

  /** The curated tables: their names here and in the catalog, their jobs, their classes. Their columns are in the catalog after a job's first run. */
  public get tables(): CuratedTrigger[] {
    return [...this._tables];
  }

  /** Roles that may read what is loaded, and write nothing: the analysts, where the lake has personas. */
  public get readers(): iam.IRole[] {
    return [...this._readers];
  }

  /**
   * Returns the tables of these names. Refuses none at all, one that there is not, and one twice.
   *
   * @param sink what loads them
   * @param names their names; all tables when left out
   */
  public choose(sink: IConstruct, names?: string[]): CuratedTrigger[] {
    const known = this._tables.map(({ tableName }) => tableName);
    const chosen = names ?? known;
    const what = `sink '${sink.node.path}'`;
    if (!chosen.length) throw new Error(`${what} loads no table: give the lake a curation, and name at least one in tables`);
    return chosen.map((name, index) => {
      if (!known.includes(name)) throw new Error(`${what} loads "${name}", which is no curated table of the lake: use some of ${known.join(', ') || '(none)'}`);
      if (chosen.indexOf(name) !== index) throw new Error(`${what} loads "${name}" twice: name it once`);
      return this._tables[known.indexOf(name)];
    });
  }

  /**
   * The highest class of tables. Rows in a store have no class: who reads there must be cleared for the highest that was loaded.
   *
   * @param tables tables that are loaded
   */
  public classOf(tables: CuratedTrigger[]): DataClassification {
    return highestOf(...tables.map(({ classification }) => classification));
  }

  /**
   * Lets a role read tables: their files, and their entries in the catalog. A role of this app is cleared for their classes.
   *
   * @param role who reads
   * @param tables the tables
   */
  public grantRead(role: iam.IRole, tables: CuratedTrigger[]): void {
    this._grantFiles(role, tables);
    role.addToPrincipalPolicy(this._entries(tables));
  }

  /**
   * Makes a rule for the success of tables' jobs. What the target does not take is a dead letter of the lake, unless the target has another queue.
   *
   * @param scope where the rule is made
   * @param id id of the rule
   * @param tables the tables
   * @param target who is told
   */
  public onCurated(scope: Construct, id: string, tables: CuratedTrigger[], target: events.IRuleTarget): events.Rule {
    const rule = new events.Rule(scope, id, {
      description: 'Curated tables have been made',
      eventPattern: {
        source: ['aws.glue'],
        detailType: ['Glue Job State Change'],
        detail: { jobName: tables.map(({ job }) => job.jobName), state: [JobState.SUCCEEDED] },
      },
      targets: [{
        bind: (rule_, targetId) => {
          const config = target.bind(rule_, targetId);
          return { ...config, deadLetterConfig: config.deadLetterConfig ?? { arn: this.deadLetterQueue.queueArn } };
        },
      }],
    });
    rule.node.addValidation({ validate: () => patternErrors(scope, tables) });
    letEventBridgeSend(this.deadLetterQueue, rule);
    return rule;
  }

  /**
   * Returns how many characters a text about tables has, once their jobs and their database have names.
   *
   * @internal
   */
  public _lengthOf(text: string, tables: CuratedTrigger[]): number {
    const database = this.catalog.database(this.zone.zoneName).databaseInput as glue.CfnDatabase.DatabaseInputProperty;
    const names: [string, string][] = tables.map(({ job }) => [job.jobName, longestName(job)]);
    return [...names, [this.databaseName, database.name ?? ''] as const].reduce((written, [reference, name]) => written.split(reference).join(name), text).length;
  }

  /**
   * Returns what reads the tables' entries in the catalog.
   *
   * @internal
   */
  public _entries(tables: CuratedTrigger[]): iam.PolicyStatement {
    const names = tables.map(({ tableName }) => tableName);
    return new iam.PolicyStatement({ actions: ['glue:GetTable'], resources: this.catalog.tableArns(this.zone.zoneName, names) });
  }

  /**
   * Lets a role read the files of tables.
   *
   * @internal
   */
  public _grantFiles(role: iam.IRole, tables: CuratedTrigger[]): void {
    for (const { tableName } of tables) this.zone.grantRead(role, { prefix: below('tables', tableName) });
    allowWildcards(role, { finding: /^Resource::.+\/tables\/[a-z0-9_]+\/\*$/, reason: 'It reads all files of the tables that were named.' });
    clear(role, this.classOf(tables));
  }
}

/**
 * Adds a condition to statements that let a reader into a store: where a table of a class above the lowest is loaded, only whoever is cleared for it
 * reads, because rows in a database have no class.
 */
export function onlyCleared(statements: iam.PolicyStatement[], highest: DataClassification): void {
  if (!GUARDED.includes(highest)) return;
  for (const statement of statements) statement.addCondition('StringEquals', { [`aws:PrincipalTag/${CLEARANCE}`]: atLeast(highest) });
}

/** EventBridge refuses a rule with a longer pattern. */
function patternErrors(scope: IConstruct, tables: CuratedTrigger[]): string[] {
  const length = tables.reduce((sum, { job }) => sum + lengthInPattern(job), 0);
  if (length <= NAMES_IN_PATTERN) return [];
  return [`the names of the jobs of the ${tables.length} curated tables that '${scope.node.path}' loads have up to ${length} characters: a rule of EventBridge takes `
    + `${NAMES_IN_PATTERN} of them; load fewer tables, use two sinks, or give the stack a shorter name`];
}
