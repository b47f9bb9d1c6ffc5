import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { DataClassification, Persona, PersonaTrust } from '../../src';
import { lakeIn } from '../audit/support';
import { newStack } from '../zone/helpers';

const { PROPRIETARY, RESTRICTED, SECRET } = DataClassification;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MOST_RESOURCES = 500;
const LARGEST_TEMPLATE = 1_000_000;

/** A reference as long as the longest name that AWS puts in its place: `policy-size.ts` counts in the same way, and is not asked. */
const NAME = 'x'.repeat(100);

function lakeOf({ classified, zones = 20, tables = 90 }: { classified: number; zones?: number; tables?: number }): Stack {
  const stack = newStack({ '@aws-cdk/core:stackResourceLimit': 0 });
  const zone = (index: number) => ({ name: `zone${index}`, dataStreams: [], standalone: index > 2 });
  lakeIn(stack, {
    zones: Array.from({ length: zones }, (_, index) => zone(index)),
    tables: Array.from({ length: tables }, (_, index) => ({
      name: `table_with_a_long_name_${index}`,
      schema: { id: 'string' },
      classification: index >= classified ? PROPRIETARY : index % 2 ? SECRET : RESTRICTED,
    })),
    personas: { trust: PersonaTrust.account(), clearances: { engineer: RESTRICTED, scientist: SECRET } },
  });
  return stack;
}

/** The text of a policy, as AWS counts it: without white space, with names in place of references. */
function sizeOf(document: unknown): number {
  const text = (value: any): any => {
    if (Array.isArray(value)) return value.map(text);
    if (typeof value !== 'object' || value === null) return value;
    if (value['Fn::Join']) return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
    if (typeof value.Ref === 'string' && value.Ref.startsWith('AWS::')) return 'us-gov-east-1';
    if (value.Ref || value['Fn::GetAtt']) return NAME;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, text(child)]));
  };
  return JSON.stringify(text(document)).length;
}

/** One stack holds no lake of 20 zones with 90 tables, since CloudFormation takes 500 resources: its policies would be fine. */
const SIZES = [{ zones: 20, tables: 90 }, { zones: 20, tables: 65 }, { zones: 8, tables: 85 }];

describe.each(SIZES)('with $zones zones and $tables tables, 10 of them above their zone\'s class', (size) => {
  const stack = lakeOf({ classified: 10, ...size });
  const template = App.of(stack)!.synth({ skipValidation: true }).getStackByName(stack.stackName).template;
  const resources = Object.values(template.Resources) as any[];
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  const sizes = (type: string, property: string) => ofType(type).map((properties) => sizeOf(properties[property] ?? []));

  test.each<[string, string, string, number]>([
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    ['managed policy', 'AWS::IAM::ManagedPolicy', 'PolicyDocument', 6144],
    ['role, with the policies inside it', 'AWS::IAM::Role', 'Policies', 10_240],
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
    ['bucket policy', 'AWS::S3::BucketPolicy', 'PolicyDocument', 20 * 1024],
    // https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
    ['key policy', 'AWS::KMS::Key', 'KeyPolicy', 32 * 1024],
  ])('no %s is larger than AWS takes', (_, type, property, limit) => {
    const found = sizes(type, property);

    expect(found.length).toBeGreaterThan(3);
    expect(Math.max(...found)).toBeLessThanOrEqual(limit);
  });

  test('no role has more than ten managed policies', () => {
    const counts = resources.filter(({ Type }) => Type === 'AWS::IAM::Role').map(({ Properties }) => (Properties.ManagedPolicyArns ?? []).length);

    expect(Math.max(...counts)).toBeLessThanOrEqual(10);
  });

  test('CloudFormation takes the template, or synthesis refuses it and says what to do', () => {
    if (resources.length > MOST_RESOURCES) {
      expect(() => App.of(stack)!.synth({ force: true })).toThrow(/: CloudFormation takes 500; give some tables to a second lake, in a stack of its own/);
    } else {
      expect(() => App.of(stack)!.synth({ force: true })).not.toThrow();
      expect(JSON.stringify(template).length).toBeLessThanOrEqual(LARGEST_TEMPLATE);
    }
  });
});

test.each<[string, (stack: Stack) => Stack, string]>([
  ['a stack', (stack) => stack, 'Stack-*'],
  ['a nested stack, whose name only CloudFormation knows', (stack) => new NestedStack(stack, 'Nested'), 'Stack-*'],
])('more roles than a statement has room for are named by what all names begin with: in %s', (_, within, pattern) => {
  const stack = within(newStack());
  const tables = Array.from({ length: 45 }, (_item, index) => ({ name: `t${index}` }));
  const { personas } = lakeIn(stack, { tables, personas: { trust: PersonaTrust.account() } });
  const statements = personas!.policiesOf(Persona.ENGINEER).flatMap((policy) => stack.resolve((policy as iam.ManagedPolicy).document).Statement);
  const [passing] = statements.filter(({ Sid }: any) => Sid === 'NoOtherRoles');
  expect(JSON.stringify(passing.NotResource)).toContain(`:role/${pattern}"`);
});

test('with too many tables above their class the lake is refused before AWS does it, with what to do', () => {
  expect(() => Template.fromStack(lakeOf({ classified: 85, zones: 4, tables: 85 })))
    .toThrow(/ has up to \d+ characters, and a managed policy takes 6144: give fewer tables a class above their zone's, or put them into a zone of that class$/);
});
