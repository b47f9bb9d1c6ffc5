import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { decide, Request, Statement } from './evaluate';
import { arn, targetsOf } from './targets';
import { bucketDenies } from '../../src/access/bucket-denies';
import { CLASSES, GUARDED } from '../../src/access/classes';
import { DataClassification } from '../../src/access/data-classification';
import { personaAllows } from '../../src/access/persona-allows';
import { personaDenies } from '../../src/access/persona-denies';
import { Persona, PERSONAS } from '../../src/access/personas';

const { STEWARD, ENGINEER, SCIENTIST, ANALYST } = Persona;
const { PROPRIETARY, SECRET } = DataClassification;
const prefixOf = (classification: string) => `tables/${classification}_table/`;

const stack = new Stack();
const targets = targetsOf(stack, ['drop', 'raw', 'curated', 'sandbox'], Object.fromEntries(CLASSES.map((one) => [prefixOf(one), one])));
const rendered = (statements: iam.PolicyStatement[]): Statement[] => statements.map((statement) => stack.resolve(statement.toStatementJson()));

/** The statements of each persona, and of the raw zone's bucket. */
const POLICIES: Record<string, Statement[]> = {
  ...Object.fromEntries(PERSONAS.map((persona) => [persona, rendered([...personaAllows(persona, targets), ...personaDenies(persona, targets)])])),
  raw: rendered(bucketDenies(targets.zones.find(({ zoneName }) => zoneName === 'raw')!)),
};

/** What somebody tries, all statements that refuse it, and whether something allows it all the same. */
interface Probe {
  readonly by: Persona;
  readonly request: Request;
  readonly denies: string[];
  readonly granted: boolean;
}

const key = (classification: string) => `arn:aws:s3:::raw/${prefixOf(classification)}x`;
const ELSEWHERE = 'arn:aws:s3:::raw/uploads/x';
const RAW = 'arn:aws:s3:::raw';
const role = (name: string) => `arn:aws:iam::111111111111:role/${name}`;

function probe(by: Persona, clearance: string, action: string, resource: string, denies: string[], keys: Request['keys'] = {}, granted = true): Probe {
  return { by, request: { action, resource, keys: { 'aws:PrincipalTag/clearance': clearance, 'aws:ViaAWSService': 'false', ...keys } }, denies, granted };
}

/** Tries on what has a class: by who is cleared for the class below, and by who is cleared for it. */
function onClass(classification: DataClassification): Probe[] {
  const below = CLASSES[CLASSES.indexOf(classification) - 1];
  const sid = (verb: string, part = '') => `${verb}${classification[0].toUpperCase()}${classification.slice(1)}${part}`;
  const existing = { 's3:ExistingObjectTag/data-classification': classification };
  const asIs = { 's3:RequestObjectTag/data-classification': classification };
  const lower = { 's3:RequestObjectTag/data-classification': below };
  const higherFromAbove = classification === SECRET ? [] : ['ListSecretFromAbove'];
  const both = (by: Persona, action: string, resource: string, refusedBy: string, keys: Request['keys'] = {}, granted = true) =>
    [probe(by, below, action, resource, [refusedBy], keys, granted), probe(by, classification, action, resource, [], keys)];
  return [
    ...both(ENGINEER, 's3:GetObject', ELSEWHERE, sid('Read'), existing),
    ...both(ENGINEER, 's3:GetObject', key(classification), sid('Read', 'Prefixes')),
    ...both(STEWARD, 's3:PutObjectTagging', ELSEWHERE, sid('Tag'), { ...existing, ...asIs }),
    ...both(STEWARD, 's3:PutObjectTagging', key(classification), sid('Tag', 'Prefixes'), asIs),
    probe(STEWARD, classification, 's3:PutObjectTagging', key(classification), [sid('Tagged', 'Tags')], lower),
    ...both(ENGINEER, 's3:DeleteObject', key(classification), sid('Write')),
    ...both(ENGINEER, 's3:ListBucket', RAW, sid('List'), { 's3:prefix': prefixOf(classification) }),
    probe(ENGINEER, below, 's3:ListBucket', RAW, [sid('List', 'FromAbove'), ...higherFromAbove], { 's3:prefix': 'tables/' }),
    probe(ENGINEER, classification, 's3:ListBucket', RAW, higherFromAbove, { 's3:prefix': 'tables/' }),
    probe(ENGINEER, below, 's3:ListBucket', RAW, [], { 's3:prefix': 'tables/', 's3:delimiter': '/' }),
    probe(ENGINEER, below, 's3:ListBucket', RAW, [], { 's3:prefix': prefixOf(PROPRIETARY) }),
    ...[ENGINEER, SCIENTIST, ANALYST].flatMap((by) => {
      // Where each of them may write.
      const written = { [ENGINEER]: 'raw', [SCIENTIST]: 'curated', [ANALYST]: 'sandbox', [STEWARD]: '' }[by];
      const place = `arn:aws:s3:::${written}/${prefixOf(classification)}x`;
      return [
        probe(by, classification, 's3:PutObject', place, [sid('Tagged')], lower),
        probe(by, classification, 's3:PutObject', place, [], asIs),
        probe(by, classification, 's3:PutObject', place, [], { 'aws:ViaAWSService': 'true' }),
      ];
    }),
    ...PERSONAS.flatMap((by) => both(by, 's3:GetObject', `arn:aws:s3:::results/${by}/${classification}/1.csv`, sid('Results'), {}, false)),
    ...([[STEWARD, 'table'], [ENGINEER, 'table'], [SCIENTIST, 'scientist']] as const).flatMap(([by, job]) =>
      both(by, 'glue:StartJobRun', arn('glue', `job/${job}-${classification}`), sid('Job'))),
    ...([[ENGINEER, 'table', 'glue', ''], [SCIENTIST, 'scientist', 'glue', ''], [SCIENTIST, 'notebook', 'sagemaker', 'Notebooks']] as const)
      .flatMap(([by, name, service, part]) => [
        ...both(by, 'iam:PassRole', role(`${name}-${classification}`), sid('Pass', part), { 'iam:PassedToService': `${service}.amazonaws.com` }, false),
        probe(by, classification, 'iam:PassRole', role(`${name}-${classification}`), [], { 'iam:PassedToService': 'lambda.amazonaws.com' }, false),
      ]),
    probe(STEWARD, below, 'iam:PassRole', role(`table-${classification}`), ['NoOtherRoles', sid('Pass')], {}, false),
    probe(STEWARD, classification, 'iam:PassRole', role(`table-${classification}`), ['NoOtherRoles'], {}, false),
  ];
}

const NOT_STEWARDS = [ENGINEER, SCIENTIST, ANALYST];

const PROBES: Probe[] = [
  ...GUARDED.flatMap(onClass),
  ...PERSONAS.flatMap((by) => [
    probe(by, SECRET, 'kms:Decrypt', arn('kms', 'key/curated'), ['KeysOnlyThroughServices']),
    probe(by, SECRET, 'kms:Decrypt', arn('kms', 'key/curated'), [], { 'kms:ViaService': 's3.us-east-1.amazonaws.com' }),
    probe(by, SECRET, 'iam:TagRole', role('x'), ['NoClearanceTags'], { 'aws:TagKeys': 'team,Clearance' }, false),
    probe(by, SECRET, 'iam:TagRole', role('x'), [], { 'aws:TagKeys': 'team' }, false),
    probe(by, SECRET, 'athena:StartQueryExecution', arn('athena', `workgroup/${by === ANALYST ? ENGINEER : ANALYST}-proprietary`), ['NoOtherWorkgroups'], {}, false),
    probe(by, SECRET, 's3:GetObject', `arn:aws:s3:::results/${by === ANALYST ? ENGINEER : ANALYST}/proprietary/1.csv`, ['NoOtherResults'], {}, false),
  ]),
  ...NOT_STEWARDS.flatMap((by) => [
    probe(by, SECRET, 's3:DeleteObjectTagging', 'arn:aws:s3:::sandbox/x', ['NoRetagging'], {}, false),
    probe(by, SECRET, 's3:PutObjectTagging', 'arn:aws:s3:::sandbox/x', ['NoRetaggingOfTagged'], { 's3:ExistingObjectTag/data-classification': PROPRIETARY }, by !== SCIENTIST),
    probe(by, SECRET, 's3:PutObjectTagging', 'arn:aws:s3:::sandbox/x', [], {}, by !== SCIENTIST),
    probe(by, SECRET, 's3:PutBucketPolicy', RAW, ['NoPolicies'], {}, false),
    probe(by, SECRET, 's3:PutObjectTagging', 'arn:aws:s3:::assets/abc.py', ['NoAssets'], {}, false),
    probe(by, SECRET, 'lambda:UpdateFunctionCode', arn('lambda', 'function:x'), ['NoFunctions'], {}, false),
    probe(by, SECRET, 'sqs:ReceiveMessage', targets.deadLetterQueueArn, ['NoDeadLetters'], {}, false),
    probe(by, SECRET, 'iam:PassRole', role('administrator'), ['NoOtherRoles'], { 'iam:PassedToService': 'glue.amazonaws.com' }, false),
  ]),
  ...([[ENGINEER, 'table', 'glue', 'lambda'], [SCIENTIST, 'scientist', 'glue', 'lambda'], [SCIENTIST, 'notebook', 'sagemaker', 'glue']] as const)
    .flatMap(([by, name, service, other]) => [
      probe(by, PROPRIETARY, 'iam:PassRole', role(`${name}-proprietary`), [], { 'iam:PassedToService': `${service}.amazonaws.com` }),
      probe(by, PROPRIETARY, 'iam:PassRole', role(`${name}-proprietary`), [], { 'iam:PassedToService': `${other}.amazonaws.com` }, false),
    ]),
  probe(STEWARD, SECRET, 'glue:UpdateJob', arn('glue', 'job/table-proprietary'), ['NoNewJobs'], {}, false),
  probe(STEWARD, SECRET, 'iam:PassRole', role('table-proprietary'), ['NoOtherRoles'], {}, false),
  probe(SCIENTIST, SECRET, 's3:DeleteObject', 'arn:aws:s3:::raw/x', ['NoOtherWrites'], {}, false),
  probe(SCIENTIST, SECRET, 'glue:UpdateJob', arn('glue', 'job/table-proprietary'), ['NoOtherJobs'], {}, false),
  probe(SCIENTIST, SECRET, 'sagemaker:CreatePresignedNotebookInstanceUrl', arn('sagemaker', 'notebook-instance/x'), ['NoOtherNotebooks'],
    { 'aws:ResourceTag/owner': 'somebody', 'aws:userid': 'me' }),
  probe(SCIENTIST, SECRET, 'sagemaker:CreatePresignedNotebookInstanceUrl', arn('sagemaker', 'notebook-instance/x'), [],
    { 'aws:ResourceTag/owner': 'me', 'aws:userid': 'me' }),
  probe(ANALYST, SECRET, 's3:GetObject', 'arn:aws:s3:::raw/x', ['NoOtherReads'], {}, false),
  probe(ANALYST, SECRET, 'glue:GetTable', arn('glue', 'table/raw/orders'), ['NoOtherReadsOfTables'], {}, false),
  probe(ANALYST, SECRET, 's3:DeleteObject', 'arn:aws:s3:::curated/x', ['NoOtherWrites'], {}, false),
  probe(ANALYST, SECRET, 'glue:GetTable', arn('glue', 'table/sandbox/x'), ['NoOtherQueries'], {}, false),
  probe(ANALYST, SECRET, 'glue:CreateTable', targets.catalogArn, ['NoCatalogWrites'], {}, false),
  probe(ANALYST, SECRET, 'glue:StartJobRun', arn('glue', 'job/x'), ['NoJobs'], {}, false),
];

/** Returns the probes that are decided otherwise than expected. */
function wrong(policies: Record<string, Statement[]>): object[] {
  return PROBES.flatMap((one) => {
    const bucket = /^arn:aws:s3:::raw(\/|$)/.test(one.request.resource) ? policies.raw : [];
    const { denies, granted } = decide([...policies[one.by], ...bucket], one.request);
    const found = { denies: [...new Set(denies)].sort(), granted };
    const expected = { denies: [...one.denies].sort(), granted: one.granted };
    return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ ...one, found }];
  });
}

/** A statement without one of its conditions. */
function without({ Condition = {}, ...statement }: Statement, operator: string, name: string): Statement {
  const tests = Object.fromEntries(Object.entries(Condition[operator]).filter(([one]) => one !== name));
  const { [operator]: _, ...others } = Condition;
  const left = Object.keys(tests).length ? { ...others, [operator]: tests } : others;
  return Object.keys(left).length ? { ...statement, Condition: left } : statement;
}

const isMeant = ({ Effect, Action }: Statement) => Effect === 'Deny' || [Action].flat().includes('iam:PassRole');

/** Each deny and each right to pass a role, gone; and each without one of its conditions. */
const MUTATIONS: [string, Record<string, Statement[]>][] = Object.entries(POLICIES).flatMap(([owner, statements]) =>
  statements.filter(isMeant).flatMap((statement) => {
    const replaced = (by: Statement[]) => ({ ...POLICIES, [owner]: statements.flatMap((one) => one === statement ? by : [one]) });
    const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, tests]) => Object.keys(tests).map((name) => [operator, name]));
    return [
      [`${owner} without ${statement.Sid}`, replaced([])],
      ...conditions.map(([operator, name]) => [`${owner} with ${statement.Sid} without ${name}`, replaced([without(statement, operator, name)])]),
    ] as [string, Record<string, Statement[]>][];
  }));

test.each(Object.keys(POLICIES))('the statements of %s have names of their own, as IAM asks within a policy', (owner) => {
  const names = POLICIES[owner].map(({ Sid }) => Sid);

  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('each attempt is refused by these statements, and by no others', () => {
  expect(wrong(POLICIES)).toEqual([]);
});

test('no deny, no condition and no right to pass a role is there for nothing: without it an attempt is decided otherwise', () => {
  expect(MUTATIONS.length).toBeGreaterThan(120);
  expect(MUTATIONS.filter(([, policies]) => !wrong(policies).length).map(([name]) => name)).toEqual([]);
});
