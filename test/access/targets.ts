import { Stack, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { CLASSES } from '../../src/access/classes';
import { DataClassification } from '../../src/access/data-classification';
import { PersonaTargets, TargetJob } from '../../src/access/persona-targets';

export const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:111111111111:${rest}`;

/** A job for each class. */
export function jobs(name: string): TargetJob[] {
  return CLASSES.map((classification) => ({
    jobArn: arn('glue', `job/${name}-${classification}`), roleArn: `arn:aws:iam::111111111111:role/${name}-${classification}`, classification,
  }));
}

/** A lake of proprietary zones in which these prefixes have a class. */
export function targetsOf(stack: Stack, zones: string[], prefixes: Record<string, DataClassification>): PersonaTargets {
  return {
    zones: zones.map((zoneName) => ({
      zoneName,
      bucket: s3.Bucket.fromBucketArn(stack, `Bucket-${zoneName}`, `arn:aws:s3:::${zoneName}`),
      encryptionKey: kms.Key.fromKeyArn(stack, `Key-${zoneName}`, arn('kms', `key/${zoneName}`)),
      classification: DataClassification.PROPRIETARY,
      prefixes,
      databaseArn: arn('glue', `database/${zoneName}`),
      tablesArn: arn('glue', `table/${zoneName}/*`),
    })),
    curatedZone: 'curated',
    sandboxZone: 'sandbox',
    catalogArn: arn('glue', 'catalog'),
    workflowArns: [arn('glue', 'workflow/lake'), arn('glue', 'crawler/raw')],
    deadLetterQueueArn: arn('sqs', 'dead-letters'),
    jobs: jobs('table'),
    jobRolePattern: 'arn:aws:iam::111111111111:role/table-*',
    scientistJobs: jobs('scientist'),
    assetArns: ['arn:aws:s3:::assets/*'],
    notebookRoles: jobs('notebook').map(({ roleArn, classification }) => ({ roleArn, classification })),
    browsing: {
      dataCatalogArn: arn('athena', 'datacatalog/AwsDataCatalog'), databasesArn: arn('glue', 'database/*'), defaultDatabaseArn: arn('glue', 'database/default'),
    },
    resultsBucketArn: 'arn:aws:s3:::results',
    resultsKeyArn: arn('kms', 'key/results'),
    resultsArn: (persona, clearance) => `arn:aws:s3:::results/${persona}/${clearance}/*`,
    workgroupArn: (persona, clearance) => arn('athena', `workgroup/${persona}-${clearance}`),
  };
}
