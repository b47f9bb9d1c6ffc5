import { Duration, Size, Stack } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { closedBy } from '../private/closed-bucket';
import { announceEphemeral, bucketRemoval, keepPolicy, keyRemoval, removalPolicy } from '../private/ephemeral';
import { grantObjects } from '../private/grants';
import { describe } from '../private/metadata';
import { newWithStack } from '../private/stack-names';
import { requireDays } from '../private/validation';
import { AccessLogBucket } from '../zone/access-log-bucket';

/**
 * How queries run.
 *
 * @example
 * const workgroup: AthenaWorkgroupOptions = { bytesScannedCutoff: Size.gibibytes(100), resultsExpiration: Duration.days(7) };
 */
export interface AthenaWorkgroupOptions {
  /**
   * A bucket for query results. Its settings stay as they are.
   *
   * @default - an own bucket, encrypted with the key, its access logged
   */
  readonly resultsBucket?: s3.IBucket;

  /**
   * Where in the bucket results are written.
   *
   * @default "results/"
   */
  readonly resultsPrefix?: string;

  /**
   * Key that encrypts the results.
   *
   * @default - the key of `resultsBucket` if it has one, otherwise an own customer-managed key with rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * How long results are kept in the own bucket: whole days.
   *
   * @default Duration.days(30)
   */
  readonly resultsExpiration?: Duration;

  /**
   * A query that would read more is cancelled: at least 10 MB, in whole megabytes.
   *
   * @default - no limit
   */
  readonly bytesScannedCutoff?: Size;

  /**
   * Whether these settings hold whatever a client asks for.
   *
   * @default true
   */
  readonly enforceConfiguration?: boolean;

  /**
   * Whether Athena reports metrics of the queries to CloudWatch.
   *
   * @default true
   */
  readonly publishMetrics?: boolean;
}

/**
 * Properties of `AthenaWorkgroup`.
 *
 * @example
 * declare const accessLogs: AccessLogBucket;
 * const props: AthenaWorkgroupProps = { accessLogBucket: accessLogs.bucket, resultsPrefix: 'athena/' };
 */
export interface AthenaWorkgroupProps extends AthenaWorkgroupOptions {
  /**
   * Bucket for the access logs of the own results bucket.
   *
   * @default - an own `AccessLogBucket`
   */
  readonly accessLogBucket?: s3.IBucket;

  /**
   * Whether results, key and workgroup, with the history of its queries, go with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/**
 * What a grant on a workgroup is for.
 *
 * @example
 * declare const workgroup: AthenaWorkgroup;
 * declare const analyst: iam.IRole;
 * workgroup.grantRead(analyst, { browse: true });
 */
export interface WorkgroupGrantOptions {
  /**
   * Whether the grantee may list databases, catalogs, workgroups and saved queries too, as the Athena console and the JDBC and ODBC drivers do.
   *
   * @default false - the names of everything in the account's catalog stay hidden
   */
  readonly browse?: boolean;
}

/** What it takes to run a query and to read its results. */
const QUERY = [
  'athena:GetWorkGroup', 'athena:StartQueryExecution', 'athena:StopQueryExecution', 'athena:GetQueryExecution',
  'athena:GetQueryResults', 'athena:GetQueryResultsStream', 'athena:ListQueryExecutions', 'athena:BatchGetQueryExecution',
];

/**
 * What Athena asks for on the catalog's database `default`, whichever database a query names.
 *
 * https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html#full-access-to-default-db-per-region
 */
const USE_DEFAULT_DATABASE = ['glue:GetDatabase', 'glue:CreateDatabase'];

/** What the console and drivers list: of the account, of its catalog, of a workgroup. */
const BROWSE_ACCOUNT = ['athena:ListDataCatalogs', 'athena:ListWorkGroups', 'athena:ListEngineVersions'];
const BROWSE_CATALOG = ['athena:GetDataCatalog', 'athena:GetDatabase', 'athena:ListDatabases', 'athena:GetTableMetadata', 'athena:ListTableMetadata'];
const BROWSE_WORKGROUP = ['athena:ListNamedQueries', 'athena:GetNamedQuery', 'athena:BatchGetNamedQuery', 'athena:ListPreparedStatements', 'athena:GetPreparedStatement'];

/** Athena refuses smaller limits: https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html */
const SMALLEST_CUTOFF = 10_000_000;

/**
 * A workgroup whose queries write encrypted results to one place.
 *
 * @example
 * declare const analyst: iam.IRole;
 * const workgroup = new AthenaWorkgroup(this, 'Workgroup', { bytesScannedCutoff: Size.gibibytes(100) });
 * workgroup.grantRead(analyst);
 */
export class AthenaWorkgroup extends Construct {
  /** The workgroup. */
  public readonly workgroup: athena.CfnWorkGroup;

  /** Name of the workgroup. */
  public readonly workgroupName: string;

  /** The bucket of the results. */
  public readonly resultsBucket: s3.IBucket;

  /** Where the results are written: `s3://bucket/prefix/`. */
  public readonly resultsLocation: string;

  /** The key that encrypts the results. */
  public readonly encryptionKey: kms.IKey;

  private readonly resultsPrefix: string;

  constructor(scope: Construct, id: string, props: AthenaWorkgroupProps = {}) {
    super(scope, id);
    const ephemeral = props.ephemeral ?? false;
    this.resultsPrefix = props.resultsPrefix ?? 'results/';
    validate(props, this.resultsPrefix);

    this.encryptionKey = props.encryptionKey ?? props.resultsBucket?.encryptionKey ?? new kms.Key(this, 'Key', {
      description: 'Results of Athena queries',
      enableKeyRotation: true,
      ...keyRemoval(ephemeral),
    });
    this.resultsBucket = props.resultsBucket ?? this.createBucket(props, ephemeral);
    this.resultsLocation = this.resultsBucket.s3UrlForObject(this.resultsPrefix);

    this.workgroup = new athena.CfnWorkGroup(this, 'Workgroup', {
      // CloudFormation does not generate this name, and the workgroup of a stack that is gone may still be there.
      name: newWithStack(this, 109),
      description: 'Queries on the data lake',
      recursiveDeleteOption: ephemeral,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: props.enforceConfiguration ?? true,
        publishCloudWatchMetricsEnabled: props.publishMetrics ?? true,
        bytesScannedCutoffPerQuery: props.bytesScannedCutoff?.toBytes(),
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: this.resultsLocation,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: this.encryptionKey.keyArn },
        },
      },
    });
    // Athena deletes no workgroup that has ever run a query, unless with its history and saved queries: a stack could not be destroyed.
    this.workgroup.applyRemovalPolicy(removalPolicy(ephemeral));
    this.workgroupName = this.workgroup.ref;
    this.node.defaultChild = this.workgroup;
    describe(this.workgroup, { kind: 'workgroup' });
  }

  /**
   * Lets a principal run queries in this workgroup and read their results. The tables that a query reads are granted by the catalog.
   *
   * @param grantee who may query
   * @param options whether the grantee may list what there is
   */
  public grantRead(grantee: iam.IGrantable, options: WorkgroupGrantOptions = {}): iam.Grant {
    const workgroup = this.arn('athena', 'workgroup', this.workgroupName);
    const allow = (actions: string[], resourceArns: string[]) => iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
    const grant = allow(QUERY, [workgroup])
      .combine(allow(USE_DEFAULT_DATABASE, [this.arn('glue', 'catalog'), this.arn('glue', 'database', 'default')]))
      .combine(grantObjects({
        bucket: this.resultsBucket, encryptionKey: this.encryptionKey, grantee, read: true, write: true, prefix: this.resultsPrefix,
      }));
    if (!options.browse) return grant;
    return grant
      .combine(allow(BROWSE_ACCOUNT, ['*']))
      .combine(allow(BROWSE_CATALOG, [this.arn('athena', 'datacatalog', 'AwsDataCatalog')]))
      .combine(allow(BROWSE_WORKGROUP, [workgroup]))
      .combine(allow(['glue:GetDatabases'], [this.arn('glue', 'catalog'), this.arn('glue', 'database', '*')]));
  }

  private arn(service: string, resource: string, resourceName?: string): string {
    return Stack.of(this).formatArn({ service, resource, resourceName });
  }

  private createBucket(props: AthenaWorkgroupProps, ephemeral: boolean): s3.Bucket {
    const accessLogs = props.accessLogBucket ?? new AccessLogBucket(this, 'AccessLogs', { ephemeral }).bucket;
    const bucket = new s3.Bucket(this, 'Results', {
      ...closedBy(this.encryptionKey),
      lifecycleRules: [{ expiration: props.resultsExpiration ?? Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(7) }],
      ...bucketRemoval(ephemeral),
    });
    keepPolicy(bucket, ephemeral);
    const resource = bucket.node.defaultChild as s3.CfnBucket;
    resource.loggingConfiguration = { destinationBucketName: accessLogs.bucketName, logFilePrefix: 'athena-results/' };
    if (ephemeral) announceEphemeral(this);
    return bucket;
  }
}

function validate(props: AthenaWorkgroupProps, prefix: string): void {
  requireDays('resultsExpiration', props.resultsExpiration);
  if (!/^[A-Za-z0-9!_.*'()-]+(\/[A-Za-z0-9!_.*'()-]+)*\/$/.test(prefix)) {
    throw new Error(`resultsPrefix "${prefix}" is not a prefix: write it like "results/"`);
  }
  const bytes = props.bytesScannedCutoff?.isUnresolved() ? undefined : props.bytesScannedCutoff?.toBytes();
  if (bytes !== undefined && bytes < SMALLEST_CUTOFF) {
    throw new Error(`bytesScannedCutoff of ${bytes} bytes is under Athena's smallest limit: give at least 10 MB`);
  }
  if (props.resultsBucket && props.resultsExpiration) {
    throw new Error('resultsExpiration is for the own bucket only: leave it out, and set the lifecycle of resultsBucket where that is made');
  }
}
