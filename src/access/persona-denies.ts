import * as iam from 'aws-cdk-lib/aws-iam';
import { CLASSES, CLASSIFICATION, CLEARANCE, Conditions, GUARDED, atLeast, higher, notClearedFor, sidOf } from './classes';
import { PersonaTargets, TargetJob, TargetRole } from './persona-targets';
import { Persona, PERSONAS } from './personas';
import { inParts } from './policy-size';

const LISTS = ['s3:ListBucket', 's3:ListBucketVersions'];
const READS = ['s3:GetObject', 's3:GetObjectVersion'];
const WRITES = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutObject'];
const READ_TABLES = ['glue:GetPartition', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables'];
const MAKE_JOBS = ['glue:CreateJob', 'glue:UpdateJob', 'glue:DeleteJob'];
const RUN_JOBS = ['glue:StartJobRun', 'glue:BatchStopJobRun'];

/** So many names of roles fit into one statement. */
const MOST_ROLES = 40;

/** Returns what a persona is refused whatever else allows it: `docs/access-matrix.md` says what each of these is for. */
export function personaDenies(persona: Persona, targets: PersonaTargets): iam.PolicyStatement[] {
  return [
    ...forEverybody(),
    ...ownQueries(persona, targets),
    ...persona === Persona.STEWARD ? [] : forAllButStewards(targets),
    ...OWN[persona](targets),
  ];
}

const OWN: Record<Persona, (targets: PersonaTargets) => iam.PolicyStatement[]> = {
  steward: ({ jobs }) => [
    deny('NoNewJobs', MAKE_JOBS, ['*']),
    deny('NoOtherRoles', ['iam:PassRole'], ['*']),
    ...notAboveClearance(jobs),
  ],
  engineer: ({ jobs, jobRolePattern }) => [
    denyElsewhere('NoOtherRoles', ['iam:PassRole'], rolesOf(jobs).length > MOST_ROLES ? [jobRolePattern] : rolesOf(jobs)),
    ...notAboveClearance(jobs),
  ],
  scientist: (targets) => [
    denyElsewhere('NoOtherWrites', WRITES, [zoneOf(targets, targets.curatedZone).bucket.arnForObjects('*'), ...resultsOf(Persona.SCIENTIST, targets)]),
    denyElsewhere('NoOtherRoles', ['iam:PassRole'], [...rolesOf(targets.scientistJobs), ...rolesOf(targets.notebookRoles)]),
    deny('NoOtherNotebooks', ['sagemaker:CreatePresignedDomainUrl', 'sagemaker:CreatePresignedNotebookInstanceUrl'], ['*'],
      { StringNotEquals: { 'aws:ResourceTag/owner': '${aws:userid}' } }),
    denyElsewhere('NoOtherJobs', [...MAKE_JOBS, ...RUN_JOBS, 'glue:TagResource', 'glue:UntagResource'], targets.scientistJobs.map(({ jobArn }) => jobArn)),
    ...notAboveClearance(targets.scientistJobs),
    ...notebooksWithinClearance(targets.notebookRoles),
  ],
  analyst: analystDenies,
};

function analystDenies(targets: PersonaTargets): iam.PolicyStatement[] {
  const { zones, curatedZone, sandboxZone, catalogArn } = targets;
  const unseen = zones.filter(({ zoneName }) => zoneName !== curatedZone && zoneName !== sandboxZone);
  const sandbox = zoneOf(targets, sandboxZone);
  return [
    deny('NoOtherReads', [...LISTS, ...READS], unseen.flatMap(({ bucket }) => [bucket.bucketArn, bucket.arnForObjects('*')])),
    ...inParts('NoOtherReadsOfTables', READ_TABLES, unseen.flatMap(({ databaseArn, tablesArn }) => [databaseArn, tablesArn]), undefined, iam.Effect.DENY),
    denyElsewhere('NoOtherWrites', WRITES, [sandbox.bucket.arnForObjects('*'), ...resultsOf(Persona.ANALYST, targets)]),
    deny('NoOtherQueries', READ_TABLES, [sandbox.databaseArn, sandbox.tablesArn]),
    deny('NoCatalogWrites', ['glue:BatchDeleteTable', 'glue:CreateTable', 'glue:DeleteTable', 'glue:UpdateTable'], [catalogArn]),
    deny('NoJobs', [...MAKE_JOBS, ...RUN_JOBS], ['*']),
    deny('NoOtherRoles', ['iam:PassRole'], ['*']),
  ];
}

/** Keys are for what S3, SQS and Athena decrypt; and nobody gives themselves or others a clearance. */
function forEverybody(): iam.PolicyStatement[] {
  return [
    deny('KeysOnlyThroughServices', ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'], ['*'], { Null: { 'kms:ViaService': 'true' } }),
    deny('NoClearanceTags', ['iam:CreateRole', 'iam:CreateUser', 'iam:TagRole', 'iam:TagUser', 'iam:UntagRole', 'iam:UntagUser'], ['*'],
      { 'ForAnyValue:StringEqualsIgnoreCase': { 'aws:TagKeys': [CLEARANCE] } }),
  ];
}

/** A persona's queries and their results are its own, and results are as sensitive as the clearance that they were made with. */
function ownQueries(persona: Persona, targets: PersonaTargets): iam.PolicyStatement[] {
  const others = PERSONAS.filter((one) => one !== persona).flatMap((one) => resultsOf(one, targets));
  return [
    denyElsewhere('NoOtherWorkgroups', ['athena:StartQueryExecution'], CLASSES.map((clearance) => targets.workgroupArn(persona, clearance))),
    deny('NoOtherResults', [...READS, ...WRITES], others),
    ...GUARDED.map((clearance) =>
      deny(sidOf('Results', clearance), [...READS, ...WRITES], [targets.resultsArn(persona, clearance)], { StringNotEquals: notClearedFor(clearance) })),
  ];
}

function resultsOf(persona: Persona, { resultsArn }: PersonaTargets): string[] {
  return CLASSES.map((clearance) => resultsArn(persona, clearance));
}

function forAllButStewards(targets: PersonaTargets): iam.PolicyStatement[] {
  return [
    deny('NoRetagging', ['s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging'], ['*']),
    // A new object that comes with tags needs the same right, and has none yet.
    deny('NoRetaggingOfTagged', ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'], ['*'],
      { Null: { [`s3:ExistingObjectTag/${CLASSIFICATION}`]: 'false' } }),
    deny('NoPolicies', [
      'iam:AttachRolePolicy', 'iam:DeleteRolePolicy', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy', 'kms:CreateGrant', 'kms:PutKeyPolicy',
      'kms:ScheduleKeyDeletion', 's3:DeleteBucketPolicy', 's3:PutBucketPolicy',
    ], ['*']),
    // Whoever writes a script acts with the rights of all jobs that run it.
    deny('NoAssets', [...WRITES, 's3:PutObjectTagging'], targets.assetArns),
    deny('NoFunctions', ['lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'], ['*']),
    deny('NoDeadLetters', ['sqs:DeleteMessage', 'sqs:PurgeQueue', 'sqs:ReceiveMessage', 'sqs:StartMessageMoveTask'], [targets.deadLetterQueueArn]),
    ...taggedAsThePrefix(targets),
  ];
}

/** What a person writes below a prefix of a class has that class, or a higher one. Athena and Spark write without tags, on a person's behalf. */
function taggedAsThePrefix({ zones }: PersonaTargets): iam.PolicyStatement[] {
  return GUARDED.flatMap((classification) => {
    const objects = zones.flatMap(({ bucket, classification: ofZone, prefixes }) =>
      [...ofZone === classification ? [''] : [], ...Object.keys(prefixes).filter((prefix) => prefixes[prefix] === classification && higher(ofZone, classification) !== ofZone)]
        .map((prefix) => bucket.arnForObjects(`${prefix}*`)));
    return objects.length ? [deny(sidOf('Tagged', classification), ['s3:PutObject'], objects, {
      StringNotEquals: { [`s3:RequestObjectTag/${CLASSIFICATION}`]: atLeast(classification) },
      Bool: { 'aws:ViaAWSService': 'false' },
    })] : [];
  });
}

/** Whoever starts or edits a job sees what the job sees. */
function notAboveClearance(jobs: TargetJob[]): iam.PolicyStatement[] {
  return GUARDED.flatMap((classification) => {
    const above = jobs.filter((job) => job.classification === classification);
    if (!above.length) return [];
    const conditions = { StringNotEquals: notClearedFor(classification) };
    return [
      ...inParts(sidOf('Job', classification), [...MAKE_JOBS, ...RUN_JOBS], above.map(({ jobArn }) => jobArn), conditions, iam.Effect.DENY),
      ...inParts(sidOf('Pass', classification), ['iam:PassRole'], rolesOf(above), conditions, iam.Effect.DENY),
    ];
  });
}

function notebooksWithinClearance(roles: TargetRole[]): iam.PolicyStatement[] {
  return GUARDED.map((classification) => deny(sidOf('Pass', classification, 'Notebooks'), ['iam:PassRole'],
    rolesOf(roles.filter((role) => role.classification === classification)), { StringNotEquals: notClearedFor(classification) }));
}

function rolesOf(roles: TargetRole[]): string[] {
  return [...new Set(roles.map(({ roleArn }) => roleArn))];
}

function zoneOf({ zones }: PersonaTargets, name: string) {
  const found = zones.find(({ zoneName }) => zoneName === name);
  if (!found) throw new Error(`zone "${name}" is not among those of the personas: use one of ${zones.map(({ zoneName }) => zoneName).join(', ')}`);
  return found;
}

function deny(sid: string, actions: string[], resources: string[], conditions?: Conditions): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, effect: iam.Effect.DENY, actions, resources, conditions });
}

function denyElsewhere(sid: string, actions: string[], notResources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, effect: iam.Effect.DENY, actions, notResources });
}
