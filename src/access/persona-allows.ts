import * as iam from 'aws-cdk-lib/aws-iam';
import { CLASSES, CLEARANCE, Conditions, GUARDED, atLeast, sidOf } from './classes';
import { PersonaTargets, TargetJob, TargetRole, TargetZone } from './persona-targets';
import { Persona } from './personas';
import { inParts } from './policy-size';

const LISTS = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads', 's3:ListBucketVersions'];
const READS = ['s3:GetObject', 's3:GetObjectTagging', 's3:GetObjectVersion', 's3:GetObjectVersionTagging'];
const WRITES = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:ListMultipartUploadParts', 's3:PutObject', 's3:PutObjectTagging'];
const TAGS = ['s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging', 's3:PutObjectVersionTagging'];
const READ_TABLES = ['glue:GetDatabase', 'glue:GetPartition', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables'];
const QUERY = [
  'athena:BatchGetQueryExecution', 'athena:GetQueryExecution', 'athena:GetQueryResults', 'athena:GetWorkGroup', 'athena:ListQueryExecutions',
  'athena:StartQueryExecution', 'athena:StopQueryExecution',
];
const RESULTS = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'];
const MAKE_JOBS = ['glue:CreateJob', 'glue:DeleteJob', 'glue:UpdateJob'];
const RUN_JOBS = ['glue:BatchStopJobRun', 'glue:GetJob', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:StartJobRun'];
const RUN_WORKFLOW = [
  'glue:GetCrawler', 'glue:GetWorkflow', 'glue:GetWorkflowRun', 'glue:GetWorkflowRuns', 'glue:StartCrawler', 'glue:StartWorkflowRun', 'glue:StopCrawler',
  'glue:StopWorkflowRun',
];
const ADMINISTER_BUCKETS = [
  's3:DeleteBucketPolicy', 's3:GetBucketLogging', 's3:GetBucketPolicy', 's3:GetBucketTagging', 's3:GetBucketVersioning', 's3:GetEncryptionConfiguration',
  's3:GetLifecycleConfiguration', 's3:PutBucketPolicy', 's3:PutLifecycleConfiguration',
];
const ADMINISTER_KEYS = ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus', 'kms:ListGrants', 'kms:PutKeyPolicy', 'kms:RevokeGrant'];
const WRITE_TABLES = ['glue:BatchDeleteTable', 'glue:CreateTable', 'glue:DeleteTable', 'glue:UpdateTable'];
const DASHBOARDS = ['quicksight:DescribeDashboard', 'quicksight:ListDashboards', 'quicksight:SearchDashboards'];
const DEAD_LETTERS = [
  'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ListMessageMoveTasks', 'sqs:ReceiveMessage', 'sqs:StartMessageMoveTask',
];

/** Returns what a persona may, up to the clearance: what is above it the denies refuse. */
export function personaAllows(persona: Persona, targets: PersonaTargets): iam.PolicyStatement[] {
  return [...OWN[persona](targets), ...browsing(targets), ...queries(persona, targets)];
}

const OWN: Record<Persona, (targets: PersonaTargets) => iam.PolicyStatement[]> = {
  steward: (targets) => [
    ...data(targets.zones, targets.zones),
    allow('Classify', TAGS, objectsOf(targets.zones)),
    ...tables(targets, targets.zones, WRITE_TABLES),
    ...inParts('Jobs', RUN_JOBS, jobsOf(targets.jobs)),
    allow('Workflow', [...RUN_WORKFLOW, 'glue:UpdateWorkflow'], targets.workflowArns),
    allow('AdministerBuckets', ADMINISTER_BUCKETS, targets.zones.map(({ bucket }) => bucket.bucketArn)),
    allow('AdministerKeys', ADMINISTER_KEYS, keysOf(targets.zones)),
    allow('DeadLetters', DEAD_LETTERS, [targets.deadLetterQueueArn]),
  ],
  engineer: (targets) => [
    ...data(targets.zones, targets.zones),
    ...tables(targets, targets.zones, WRITE_TABLES),
    ...inParts('Jobs', [...MAKE_JOBS, ...RUN_JOBS], jobsOf(targets.jobs)),
    allow('Workflow', RUN_WORKFLOW, targets.workflowArns),
    ...passing('PassTo', 'glue.amazonaws.com', targets.jobs),
  ],
  scientist: (targets) => [
    ...data(targets.zones, targets.zones.filter(({ zoneName }) => zoneName === targets.curatedZone)),
    ...tables(targets, targets.zones),
    allow('Jobs', [...MAKE_JOBS, ...RUN_JOBS], jobsOf(targets.scientistJobs)),
    ...passing('PassTo', 'glue.amazonaws.com', targets.scientistJobs),
    allow('SageMaker', ['sagemaker:*'], ['*']),
    ...passing('PassToNotebooks', 'sagemaker.amazonaws.com', targets.notebookRoles),
  ],
  analyst: (targets) => [
    ...data(
      targets.zones.filter(({ zoneName }) => zoneName === targets.curatedZone || zoneName === targets.sandboxZone),
      targets.zones.filter(({ zoneName }) => zoneName === targets.sandboxZone),
    ),
    ...tables(targets, targets.zones.filter(({ zoneName }) => zoneName === targets.curatedZone)),
    // Who sees a dashboard is shared in QuickSight, one by one: this opens the place, not what is in it.
    allow('Dashboards', DASHBOARDS, ['*']),
  ],
};

function data(read: TargetZone[], written: TargetZone[]): iam.PolicyStatement[] {
  return [
    allow('List', LISTS, read.map(({ bucket }) => bucket.bucketArn)),
    allow('Read', READS, objectsOf(read)),
    allow('Write', WRITES, objectsOf(written)),
    allow('Keys', ['kms:Decrypt', 'kms:GenerateDataKey'], keysOf(read)),
  ];
}

function keysOf(zones: TargetZone[]): string[] {
  return [...new Set(zones.map(({ encryptionKey }) => encryptionKey.keyArn))];
}

function tables(targets: PersonaTargets, zones: TargetZone[], write: string[] = []): iam.PolicyStatement[] {
  const all = zones === targets.zones ? targets.allTablesArns : undefined;
  return inParts('Tables', [...READ_TABLES, ...write], [targets.catalogArn, ...all ?? zones.flatMap(({ databaseArn, tablesArn }) => [databaseArn, tablesArn])]);
}

/**
 * A role of a class is passed by whoever is cleared for it: one statement a class, with the literal ARNs of its roles, because AWS says that
 * tags of the role are no reliable condition on `iam:PassRole`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
function passing(verb: string, service: string, targets: TargetRole[]): iam.PolicyStatement[] {
  return CLASSES.flatMap((classification) => {
    const roles = [...new Set(targets.filter((target) => target.classification === classification).map(({ roleArn }) => roleArn))];
    const conditions: { [key: string]: string | string[] } = { 'iam:PassedToService': service };
    if (GUARDED.includes(classification)) conditions[`aws:PrincipalTag/${CLEARANCE}`] = atLeast(classification);
    return inParts(sidOf(verb, classification), ['iam:PassRole'], roles, { StringEquals: conditions });
  });
}

/** The names of databases and work groups are no secret to who works with the lake: without them neither the console nor drivers do. */
function browsing({ browsing: what, catalogArn, resultsBucketArn, resultsKeyArn }: PersonaTargets): iam.PolicyStatement[] {
  const listing = ['athena:GetDataCatalog', 'athena:GetDatabase', 'athena:GetTableMetadata', 'athena:ListDatabases', 'athena:ListTableMetadata'];
  return [
    allow('BrowseAthena', ['athena:ListDataCatalogs', 'athena:ListEngineVersions', 'athena:ListWorkGroups'], ['*']),
    allow('BrowseCatalog', listing, [what.dataCatalogArn]),
    allow('BrowseDatabases', ['glue:GetDatabases'], [catalogArn, what.databasesArn]),
    // https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html#full-access-to-default-db-per-region
    allow('DefaultDatabase', ['glue:GetDatabase'], [catalogArn, what.defaultDatabaseArn]),
    allow('ResultsBucket', ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'], [resultsBucketArn]),
    allow('ResultsKey', ['kms:Decrypt', 'kms:GenerateDataKey'], [resultsKeyArn]),
  ];
}

/** One work group for each clearance: with a shared one, results would be read by people who may not see what they are made of. */
function queries(persona: Persona, { workgroupArn, resultsArn }: PersonaTargets): iam.PolicyStatement[] {
  return CLASSES.flatMap((clearance) => {
    const key = `aws:PrincipalTag/${CLEARANCE}`;
    // Whoever has no clearance, or one that nobody knows, has the lowest.
    const conditions: Conditions = GUARDED.includes(clearance) ? { StringEquals: { [key]: clearance } } : { StringNotEquals: { [key]: GUARDED } };
    return [
      allow(sidOf('Query', clearance), QUERY, [workgroupArn(persona, clearance)], conditions),
      allow(sidOf('OwnResults', clearance), RESULTS, [resultsArn(persona, clearance)], conditions),
    ];
  });
}

function objectsOf(zones: TargetZone[]): string[] {
  return zones.map(({ bucket }) => bucket.arnForObjects('*'));
}

function jobsOf(jobs: TargetJob[]): string[] {
  return [...new Set(jobs.map(({ jobArn }) => jobArn))];
}

function allow(sid: string, actions: string[], resources: string[], conditions?: Conditions): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, actions, resources, conditions });
}
