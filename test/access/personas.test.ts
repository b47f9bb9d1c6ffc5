import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { decide, Request, Statement } from './evaluate';
import { Case, Matrix } from './matrix';
import { arn, targetsOf } from './targets';
import { bucketDenies } from '../../src/access/bucket-denies';
import { CLASSES } from '../../src/access/classes';
import { personaAllows } from '../../src/access/persona-allows';
import { personaDenies } from '../../src/access/persona-denies';
import { Persona, PERSONAS } from '../../src/access/personas';

const ZONES = ['drop', 'raw', 'curated', 'sandbox'];
const prefixOf = (classification: string) => `tables/${classification}_table/`;

const stack = new Stack();
const targets = targetsOf(stack, ZONES, Object.fromEntries(CLASSES.map((classification) => [prefixOf(classification), classification])));

const rendered = (statements: iam.PolicyStatement[]): Statement[] => statements.map((statement) => stack.resolve(statement.toStatementJson()));
const POLICIES = Object.fromEntries(PERSONAS.map((persona) =>
  [persona, rendered([...personaAllows(persona, targets), ...personaDenies(persona, targets)])]));
const BUCKETS = Object.fromEntries(targets.zones.map((zone) => [zone.zoneName, rendered(bucketDenies(zone))]));

/** The calls that an action comes to: all must be allowed. */
function requestsOf({ persona, clearance, action, zone, classification }: Case): Request[] {
  const keys = { 'aws:PrincipalTag/clearance': clearance, 'aws:ViaAWSService': 'false' };
  const bucket = `arn:aws:s3:::${zone}`;
  const object = `${bucket}/${prefixOf(classification!)}part.parquet`;
  const job = persona === 'steward' || persona === 'engineer' ? 'table' : 'scientist';
  const existing = { 'aws:PrincipalTag/clearance': clearance, 's3:ExistingObjectTag/data-classification': classification };
  const requested = { ...keys, 's3:RequestObjectTag/data-classification': classification };
  const toGlue = { ...keys, 'iam:PassedToService': 'glue.amazonaws.com' };
  const pass = { action: 'iam:PassRole', resource: `arn:aws:iam::111111111111:role/${job}-${classification}`, keys: toGlue };
  const read = { action: 's3:GetObject', resource: object, keys: existing };
  const requests: Record<string, Request[]> = {
    'list': [{ action: 's3:ListBucket', resource: bucket, keys: { ...keys, 's3:prefix': prefixOf(classification!) } }],
    'get': [read],
    'put': [{ action: 's3:PutObject', resource: object, keys: requested }, { action: 's3:PutObjectTagging', resource: object, keys: requested }],
    'delete': [{ action: 's3:DeleteObject', resource: object, keys }],
    'tag': [{ action: 's3:PutObjectTagging', resource: object, keys: { ...existing, ...requested } }],
    'untag': [{ action: 's3:DeleteObjectTagging', resource: object, keys: existing }],
    'query': [
      { action: 'athena:StartQueryExecution', resource: arn('athena', `workgroup/${persona}-${clearance}`), keys },
      { action: 'glue:GetTable', resource: arn('glue', `table/${zone}/${classification}_table`), keys },
      { action: 's3:ListBucket', resource: bucket, keys: { ...keys, 's3:prefix': prefixOf(classification!) } },
      read,
    ],
    'decrypt': [{ action: 'kms:Decrypt', resource: arn('kms', `key/${zone}`), keys }],
    'start-job': [{ action: 'glue:StartJobRun', resource: arn('glue', `job/${job}-${classification}`), keys }],
    'create-job': [{ action: 'glue:CreateJob', resource: arn('glue', `job/${job}-${classification}`), keys }, pass],
    'pass-role': [pass],
    'read-dlq': [{ action: 'sqs:ReceiveMessage', resource: targets.deadLetterQueueArn, keys }],
  };
  return requests[action];
}

function answer(one: Case, without?: string): { allowed: boolean; denies: string[] } {
  const statements = [...POLICIES[one.persona], ...one.zone ? BUCKETS[one.zone] : []].filter(({ Sid }) => Sid !== without);
  const decisions = requestsOf(one).map((request) => decide(statements, request));
  return { allowed: decisions.every(({ allowed }) => allowed), denies: decisions.flatMap(({ denies }) => denies) };
}

/** A refusal's name in the matrix, of which a policy may have several parts. */
function isNamed(sid: string, names: string[]): boolean {
  return names.some((name) => sid.startsWith(name));
}

const matrix = Matrix.read();

test('every case of the matrix is decided as it says, and refused by the statement that it names', () => {
  const wrong = matrix.cases.flatMap((one) => {
    const { allowed, denies } = answer(one);
    if (allowed === one.allowed && (allowed || denies.some((sid) => isNamed(sid, one.refusedBy)))) return [];
    return [{ ...one, got: allowed ? 'allowed' : denies.join() || 'no Allow' }];
  });

  expect(wrong).toEqual([]);
  expect(matrix.cases).toHaveLength(1272);
});

test('an unknown clearance, and none, are the lowest', () => {
  for (const one of matrix.cases.filter(({ clearance, action }) => clearance === 'proprietary' && action !== 'query')) {
    for (const clearance of ['*', 'top-secret', '', 'Secret']) {
      expect({ ...one, allowed: answer({ ...one, clearance }).allowed }).toEqual(one);
    }
  }
});

describe('mutation: no statement is there for nothing', () => {
  const deciding = [...new Set([...Object.values(POLICIES), ...Object.values(BUCKETS)].flat().filter(({ Effect }) => Effect === 'Deny').map(({ Sid }) => Sid))];
  // What is no case of the matrix, but an attempt that must fail, or a part of a statement that another covers.
  const attempts = /^(NoAssets|NoOtherNotebooks|Pass.*Notebooks|NoPolicies|NoFunctions|NoClearanceTags|NoOtherJobs|NoOtherWorkgroups|NoOtherResults|Results.*|NoCatalogWrites|NoOtherReadsOfTables|NoRetaggingOfTagged|Tagged.*|List.*FromAbove)$/;
  // Either of the two refuses an object that has the tag and is below the prefix.
  const twofold = /^(Read|Tag)(Restricted|Secret)(Prefixes)?$/;

  test.each(deciding.filter((sid) => !attempts.test(sid) && !twofold.test(sid)))('without %s a case is decided otherwise', (sid) => {
    const changed = matrix.cases.filter((one) => {
      const { allowed, denies } = answer(one, sid);
      return allowed !== one.allowed || (!allowed && !denies.some((name) => isNamed(name, one.refusedBy)));
    });

    expect(changed.length).toBeGreaterThan(0);
  });
});

describe('what must fail', () => {
  const keys = { 'aws:PrincipalTag/clearance': 'proprietary', 'aws:ViaAWSService': 'false' };
  const secretKey = `arn:aws:s3:::raw/${prefixOf('secret')}x`;
  const elsewhere = 'arn:aws:s3:::raw/uploads/x';
  const asSecret = { ...keys, 'aws:PrincipalTag/clearance': 'secret' };

  test.each<[string, Persona, Request, string]>([
    ['give a secret object a lower tag', Persona.ENGINEER, { action: 's3:PutObjectTagging', resource: elsewhere, keys: { ...keys, 's3:ExistingObjectTag/data-classification': 'secret', 's3:RequestObjectTag/data-classification': 'proprietary' } }, 'NoRetagging'],
    ['the same by a steward who is not cleared', Persona.STEWARD, { action: 's3:PutObjectTagging', resource: elsewhere, keys: { ...keys, 's3:ExistingObjectTag/data-classification': 'secret', 's3:RequestObjectTag/data-classification': 'proprietary' } }, 'TagSecret'],
    ['give what is below a secret prefix a lower tag, cleared', Persona.STEWARD, { action: 's3:PutObjectTagging', resource: secretKey, keys: { ...asSecret, 's3:RequestObjectTag/data-classification': 'restricted' } }, 'TaggedSecret'],
    ['read a secret object that lies anywhere', Persona.ENGINEER, { action: 's3:GetObject', resource: elsewhere, keys: { ...keys, 's3:ExistingObjectTag/data-classification': 'secret' } }, 'ReadSecret'],
    ['read an untagged object below a secret prefix', Persona.ENGINEER, { action: 's3:GetObject', resource: secretKey, keys }, 'ReadSecretPrefixes'],
    ['write an untagged object below a secret prefix, cleared', Persona.ENGINEER, { action: 's3:PutObject', resource: secretKey, keys: asSecret }, 'TaggedSecret'],
    ['write down, cleared', Persona.ENGINEER, { action: 's3:PutObject', resource: secretKey, keys: { ...asSecret, 's3:RequestObjectTag/data-classification': 'restricted' } }, 'TaggedSecret'],
    ['list all of a bucket', Persona.ENGINEER, { action: 's3:ListBucket', resource: 'arn:aws:s3:::raw', keys: { ...keys, 's3:prefix': 'tables/sec' } }, 'ListSecretFromAbove'],
    ['pass the engineer\'s job role', Persona.SCIENTIST, { action: 'iam:PassRole', resource: 'arn:aws:iam::111111111111:role/table-proprietary', keys }, 'NoOtherRoles'],
    ['edit a table\'s job', Persona.SCIENTIST, { action: 'glue:UpdateJob', resource: arn('glue', 'job/table-proprietary'), keys }, 'NoOtherJobs'],
    ['tag a table\'s job', Persona.SCIENTIST, { action: 'glue:TagResource', resource: arn('glue', 'job/table-proprietary'), keys }, 'NoOtherJobs'],
    ['give a role a clearance', Persona.STEWARD, { action: 'iam:TagRole', resource: 'arn:aws:iam::111111111111:role/x', keys: { ...keys, 'aws:TagKeys': 'team,Clearance' } }, 'NoClearanceTags'],
    ['change a bucket\'s policy', Persona.ENGINEER, { action: 's3:PutBucketPolicy', resource: 'arn:aws:s3:::raw', keys }, 'NoPolicies'],
    ['make a grant on a key', Persona.ANALYST, { action: 'kms:CreateGrant', resource: arn('kms', 'key/raw'), keys }, 'NoPolicies'],
    ['overwrite the asset that holds a script', Persona.ENGINEER, { action: 's3:PutObject', resource: 'arn:aws:s3:::assets/abc.py', keys }, 'NoAssets'],
    ['change a function', Persona.ENGINEER, { action: 'lambda:UpdateFunctionCode', resource: arn('lambda', 'function:x'), keys }, 'NoFunctions'],
    ['query in another\'s work group', Persona.ANALYST, { action: 'athena:StartQueryExecution', resource: arn('athena', 'workgroup/scientist-proprietary'), keys }, 'NoOtherWorkgroups'],
    ['read another persona\'s results', Persona.ANALYST, { action: 's3:GetObject', resource: 'arn:aws:s3:::results/scientist/proprietary/1.csv', keys }, 'NoOtherResults'],
    ['read results of a higher clearance', Persona.ANALYST, { action: 's3:GetObject', resource: 'arn:aws:s3:::results/analyst/secret/1.csv', keys }, 'ResultsSecret'],
    ['look at a raw table', Persona.ANALYST, { action: 'glue:GetTable', resource: arn('glue', 'table/raw/orders'), keys }, 'NoOtherReadsOfTables'],
    ['open another\'s notebook', Persona.SCIENTIST, { action: 'sagemaker:CreatePresignedNotebookInstanceUrl', resource: arn('sagemaker', 'notebook-instance/x'), keys: { ...keys, 'aws:ResourceTag/owner': 'AROA1:somebody', 'aws:userid': 'AROA1:me' } }, 'NoOtherNotebooks'],
    ['pass the secret notebooks\' role', Persona.SCIENTIST, { action: 'iam:PassRole', resource: 'arn:aws:iam::111111111111:role/notebook-secret', keys: { ...keys, 'iam:PassedToService': 'sagemaker.amazonaws.com' } }, 'PassSecretNotebooks'],
    ['make a table', Persona.ANALYST, { action: 'glue:CreateTable', resource: targets.catalogArn, keys }, 'NoCatalogWrites'],
  ])('%s: %s', (_, persona, request, sid) => {
    const { allowed, denies } = decide([...POLICIES[persona], ...BUCKETS.raw], request);

    expect(allowed).toBe(false);
    expect(denies.some((name) => name.startsWith(sid))).toBe(true);
  });

  test.each<[string, string]>([['tables/', '/'], ['', '/'], [prefixOf('proprietary'), '']])('but folders and own tables are listed: %s with the delimiter %s', (prefix, delimiter) => {
    const request = { action: 's3:ListBucket', resource: 'arn:aws:s3:::raw', keys: { ...keys, 's3:prefix': prefix, ...delimiter && { 's3:delimiter': delimiter } } };

    expect(decide([...POLICIES.engineer, ...BUCKETS.raw], request)).toEqual({ allowed: true, granted: true, denies: [] });
  });
});

test.each(PERSONAS)('a %s writes and reads the results of their own queries', (persona) => {
  for (const clearance of CLASSES) {
    const own = { resource: `arn:aws:s3:::results/${persona}/${clearance}/1.csv`, keys: { 'aws:PrincipalTag/clearance': clearance, 'aws:ViaAWSService': 'true' } };

    for (const action of ['s3:PutObject', 's3:GetObject']) expect(decide(POLICIES[persona], { ...own, action })).toEqual({ allowed: true, granted: true, denies: [] });
  }
});

test('a pattern of a table is for all of its folders, and for no other table', () => {
  const [zone] = targetsOf(new Stack(), ['raw'], { '?*/salaries/': CLASSES[2] }).zones;
  const statements = rendered(bucketDenies(zone));
  const deniesOf = (key: string) => decide(statements, { action: 's3:GetObject', resource: `arn:aws:s3:::raw/${key}`, keys: {} }).denies;

  for (const folder of ['tables', 'staging', 'manifests', 'quarantine']) expect(deniesOf(`${folder}/salaries/x`)).toEqual(['ReadSecretPrefixes']);
  for (const key of ['tables/my_salaries/x', 'tables/salaries_2/x', 'salaries/x']) expect(deniesOf(key)).toEqual([]);
});

test('no condition on iam:PassRole is about the role\'s tags', () => {
  const passing = Object.values(POLICIES).flat().filter(({ Action }) => [Action].flat().includes('iam:PassRole'));

  expect(JSON.stringify(passing)).not.toMatch(/ResourceTag/);
});
