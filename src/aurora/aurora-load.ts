import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AuroraCluster } from './aurora-cluster';
import { clear } from '../access/zone-classes';
import { CuratedTrigger } from '../curation/curated-trigger';
import { grantObjects } from '../private/grants';
import { METADATA_KEY } from '../private/metadata';
import { allowWildcards } from '../private/nag';
import { AthenaWorkgroup } from '../query/athena-workgroup';
import { CuratedSource } from '../sink/curated-source';
import { WarehouseFunction } from '../warehouse/warehouse-function';

/** Lambda's limit of all variables, and room for the others: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LONGEST_TABLES = 4096 - 1100;
const EXPORTS = 'export/';

export interface AuroraLoadProps {
  readonly source: CuratedSource;
  readonly tables: CuratedTrigger[];
  readonly cluster: AuroraCluster;
  readonly databaseName: string;
  readonly encryptionKey: kms.IKey;
  readonly importRole: iam.Role;
  readonly readerSecret: secretsmanager.ISecret;
  readonly ephemeral: boolean;
}

/**
 * Loads a table after its job has succeeded: a function has Athena export it as CSV, and the database import that in one transaction. What fails
 * is a dead letter.
 */
export class AuroraLoad extends Construct {
  public readonly role: iam.Role;
  public readonly loader: lambda.IFunction;
  /** Where the exports are for as long as a load takes. */
  public readonly exports: AthenaWorkgroup;

  constructor(scope: Construct, id: string, props: AuroraLoadProps) {
    super(scope, id);
    const { source, cluster, encryptionKey } = props;
    this.exports = new AthenaWorkgroup(this, 'Exports', {
      encryptionKey,
      accessLogBucket: source.accessLogBucket,
      resultsPrefix: EXPORTS,
      resultsExpiration: Duration.days(1),
      ephemeral: props.ephemeral,
    });
    // It is not the lake's workgroup, in which people query.
    this.exports.workgroup.addMetadata(METADATA_KEY, undefined);
    const tables = props.tables.map(({ tableName: name, job, catalogTableName: catalogTable }) => ({ name, catalogTable, job: job.jobName }));
    this.node.addValidation({ validate: () => tooLong(source._lengthOf(JSON.stringify(tables), props.tables)) });
    const handler = new WarehouseFunction(this, 'Loader', {
      folder: 'aurora',
      module: 'aurora_load',
      description: 'Loads curated tables into Aurora',
      timeout: Duration.minutes(15),
      statements: [
        new iam.PolicyStatement({
          actions: ['BeginTransaction', 'ExecuteStatement', 'CommitTransaction', 'RollbackTransaction'].map((action) => `rds-data:${action}`),
          resources: [cluster.arn],
        }),
        new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [cluster.adminSecretArn, props.readerSecret.secretArn] }),
      ],
      environment: {
        TABLES: Stack.of(this).toJsonString(tables),
        CATALOG_DATABASE: source.databaseName,
        WORKGROUP: this.exports.workgroupName,
        CLUSTER: cluster.arn,
        DATABASE: props.databaseName,
        ADMIN_SECRET: cluster.adminSecretArn,
        READER_SECRET: props.readerSecret.secretArn,
      },
      deadLetterQueue: source.deadLetterQueue,
      ephemeral: props.ephemeral,
    });
    this.role = handler.role;
    this.loader = handler.function;
    source.catalog.grantRead(this.role, { zones: [source.zone.zoneName], tables: props.tables.map(({ tableName }) => tableName) });
    this.exports.grantRead(this.role);
    clear(this.role, source.classOf(props.tables));
    allowWildcards(this.role, {
      finding: /^Resource::.+\/(tables\/[a-z0-9_]+|export)\/\*$/, reason: 'It reads all files of the tables that were named, and writes exports, whose names Athena makes.',
    });
    grantObjects({
      bucket: this.exports.resultsBucket, encryptionKey, grantee: props.importRole, read: true, write: false, prefix: EXPORTS,
    });
    allowWildcards(props.importRole, { finding: /^Resource::.+\/export\/\*$/, reason: 'It reads exports, whose names Athena makes.' });
    const rule = source.onCurated(this, 'Succeeded', props.tables, { bind: () => ({ arn: this.loader.functionArn }) });
    this.loader.addPermission('Succeeded', { principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn: rule.ruleArn });
  }
}

function tooLong(length: number): string[] {
  if (length <= LONGEST_TABLES) return [];
  return [`the names of the sink's tables have up to ${length} characters: Lambda takes ${LONGEST_TABLES} of them; load fewer tables, or use two sinks`];
}
