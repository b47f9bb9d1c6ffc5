import { Stack, aws_iam as iam, aws_s3 as s3 } from 'aws-cdk-lib';
import { arn, targetsOf } from './targets';
import { bucketDenies } from '../../src/access/bucket-denies';
import { DataClassification } from '../../src/access/data-classification';
import { personaAllows } from '../../src/access/persona-allows';
import { personaDenies } from '../../src/access/persona-denies';
import { TargetJob } from '../../src/access/persona-targets';
import { Persona, PERSONAS } from '../../src/access/personas';
import { managedPolicies, requireBucketPolicySize, sizeOf } from '../../src/access/policy-size';

/** A lake in which so many tables are above their zone's class, with names as long as the library takes. The others are in no policy. */
function large(tables: number, zones = 20) {
  const stack = new Stack();
  const name = (index: number) => `z${index}`.padEnd(63, 'x');
  const prefixes = Object.fromEntries(Array.from({ length: tables }, (_, index) =>
    [`?*/${`t${index}`.padEnd(64, 'x')}/`, index % 2 ? DataClassification.SECRET : DataClassification.RESTRICTED]));
  const targets = targetsOf(stack, [...Array.from({ length: zones - 2 }, (_, index) => name(index)), 'curated', 'sandbox'], {});
  // A table is in two zones: where it arrives and where it is kept.
  const classified = { ...targets, zones: targets.zones.map((zone, index) => index < 2 ? { ...zone, prefixes } : zone) };
  return { stack, targets: classified };
}

/** The same with 90 tables, whose jobs and roles have names as long as CloudFormation makes them; ten of them are above the lowest class. */
function withTables(count: number) {
  const { stack, targets } = large(10);
  const jobs = Array.from({ length: count }, (_, index): TargetJob => ({
    classification: index >= 10 ? DataClassification.PROPRIETARY : index % 2 ? DataClassification.SECRET : DataClassification.RESTRICTED,
    jobArn: arn('glue', `job/${`LakeCatalogTable${index}`.padEnd(64, 'x')}`),
    roleArn: `arn:aws:iam::111111111111:role/${`Stack-LakeCatalogTable${index}`.padEnd(64, 'x')}`,
  }));
  return { stack, targets: { ...targets, jobs } };
}

function policiesOf(persona: Persona, { stack, targets }: ReturnType<typeof large>): iam.PolicyStatement[][] {
  return managedPolicies(stack, persona, [...personaAllows(persona, targets), ...personaDenies(persona, targets)]);
}

test.each(PERSONAS)('the policies of a %s of 20 zones and 10 tables above their zone\'s class fit', (persona) => {
  const lake = large(10);
  const policies = policiesOf(persona, lake);

  expect(policies.length).toBeLessThanOrEqual(10);
  for (const statements of policies) expect(sizeOf(lake.stack, statements)).toBeLessThanOrEqual(6144);
  expect(policies.flat()).toHaveLength(personaAllows(persona, lake.targets).length + personaDenies(persona, lake.targets).length);
});

test.each(PERSONAS)('so do those of a %s of 20 zones and 90 tables', (persona) => {
  const lake = withTables(90);
  const policies = policiesOf(persona, lake);

  expect(policies.length).toBeLessThanOrEqual(10);
  for (const statements of policies) expect(sizeOf(lake.stack, statements)).toBeLessThanOrEqual(6144);
});

test('so do the statements of its buckets', () => {
  const { stack, targets } = large(10);

  for (const zone of targets.zones) {
    expect(() => requireBucketPolicySize(stack, zone.zoneName, bucketDenies(zone))).not.toThrow();
  }
});

test('what AWS would refuse is refused before, with what to do', () => {
  const lake = large(60);
  const [zone] = lake.targets.zones;

  expect(() => requireBucketPolicySize(lake.stack, 'zone drop', bucketDenies(zone)))
    .toThrow(/^the statements on classes of zone drop have up to \d+ characters, and a bucket policy takes 20480: give fewer tables a class above/);
  expect(() => policiesOf(Persona.ENGINEER, lake))
    .toThrow(/^statement TaggedRestricted of engineer has up to \d+ characters, and a managed policy takes 6144: give fewer tables/);
});

test('too many policies for one role are refused', () => {
  const stack = new Stack();
  const statement = (index: number) => new iam.PolicyStatement({ sid: `S${index}`, actions: ['s3:GetObject'], resources: ['x'.repeat(4000)] });

  expect(() => managedPolicies(stack, 'engineer', Array.from({ length: 11 }, (_, index) => statement(index))))
    .toThrow('the policies of engineer are 11, and a role takes 10: give the lake fewer zones');
});

test('a reference counts as the longest name that it may become', () => {
  const stack = new Stack();
  const statement = (resource: string) => [new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [resource] })];
  const { bucketArn } = new s3.Bucket(stack, 'Bucket');

  expect(sizeOf(stack, statement(`${bucketArn}/*`))).toBe(sizeOf(stack, statement('')) + 102);
});
