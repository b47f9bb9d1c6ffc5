import { App, Stack, aws_s3 as s3 } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Curation, DataClassification, DataLakeZone, ZoneDefinition } from '../../src';
import { lakeIn } from '../audit/support';
import { newStack } from '../zone/helpers';

const { PROPRIETARY, SECRET } = DataClassification;

/** What synthesis says of classes as errors. */
function errorsOf(stack: Stack): string[] {
  return App.of(stack)!.synth().getStackByName(stack.stackName).messages.filter(({ level }) => level === 'error').map(({ entry }) => String(entry.data))
    .filter((text) => text.includes('its policy is not this app'));
}

describe('a bucket that exists elsewhere', () => {
  function lakeWith(definition: Partial<ZoneDefinition>, classification = SECRET): Stack {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Existing', { bucketName: 'existing' });
    lakeIn(stack, { zones: [{ name: 'drop', bucket, dataStreams: [], ...definition }, { name: 'raw' }], tables: [{ name: 'salaries', classification }] });
    return stack;
  }

  test('with a class in it is an error that prints the statements, and how to go on', () => {
    const [error, ...more] = errorsOf(lakeWith({}));

    expect(more).toEqual([]);
    expect(error).toMatch(/^zone 'drop' has data of the class secret, and its bucket exists elsewhere, so that its policy is not this app's: make the bucket here, /);
    expect(error).toMatch(/ give its policy these statements and set classesGuardedElsewhere: \[\{"Action".*"Sid":"ReadSecret"/);
  });

  test('that is to refuse untagged objects prints that statement, too', () => {
    expect(errorsOf(lakeWith({ classification: PROPRIETARY, refuseUntagged: true }, PROPRIETARY))).toEqual([expect.stringContaining('"Sid":"ReadUntagged"')]);
  });

  test.each<[string, Partial<ZoneDefinition>, DataClassification]>([
    ['whose policy has the statements', { classesGuardedElsewhere: true }, SECRET],
    ['without anything above the lowest class', {}, PROPRIETARY],
  ])('%s is fine', (_, definition, classification) => {
    expect(errorsOf(lakeWith(definition, classification))).toEqual([]);
  });

  test('is as well one of a zone that was imported', () => {
    const guarded = (classesGuardedElsewhere?: boolean) => {
      const stack = newStack();
      const raw = DataLakeZone.fromZoneAttributes(stack, 'Raw', {
        zoneName: 'raw', bucketArn: 'arn:aws:s3:::raw', encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1', classesGuardedElsewhere,
      });
      new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, dataStreams: [{ name: 'clicks', classification: SECRET }] });
      return errorsOf(stack);
    };

    expect(guarded()).toEqual([expect.stringContaining("zone 'raw' has data of the class secret")]);
    expect(guarded(true)).toEqual([]);
  });
});

describe('a zone that refuses untagged objects', () => {
  const curated = { name: 'curated', classification: PROPRIETARY, refuseUntagged: true };

  /** The statement of each zone's bucket that is about missing tags. */
  function denies(zones: ZoneDefinition[]): any[] {
    const stack = newStack();
    lakeIn(stack, {
      zones,
      tables: ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name, schema: { id: 'string' } })),
      curation: Curation.sellerPerformance(),
    });
    return Object.values(Template.fromStack(stack).findResources('AWS::S3::BucketPolicy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement).filter(({ Sid }: any) => Sid === 'ReadUntagged');
  }

  test('keeps everybody from what has no tag below tables/, but the job that tags after it has written', () => {
    const [deny, ...more] = denies([{ name: 'drop' }, { name: 'raw' }, curated]);

    expect(more).toEqual([]);
    expect(deny).toMatchObject({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Condition: {
        Null: { 's3:ExistingObjectTag/data-classification': 'true' },
        ArnNotLike: { 'aws:PrincipalArn': [{ 'Fn::GetAtt': [expect.stringMatching(/^LakeCuration.*Role/), 'Arn'] }] },
      },
    });
    expect(JSON.stringify(deny.Resource)).toContain('/tables/*');
  });

  test('spares nobody where no job of the lake curates', () => {
    const [deny] = denies([{ name: 'drop' }, { name: 'raw', classification: PROPRIETARY, refuseUntagged: true }, { name: 'curated' }]);

    expect(deny.Condition).toEqual({ Null: { 's3:ExistingObjectTag/data-classification': 'true' } });
  });

  test('is none by default', () => {
    expect(denies([{ name: 'drop' }, { name: 'raw' }, { name: 'curated', classification: PROPRIETARY }])).toEqual([]);
  });

  test('needs a class of its own: its jobs would not tag what they write', () => {
    expect(() => lakeIn(newStack(), { zones: [{ name: 'drop' }, { name: 'raw', refuseUntagged: true }] }))
      .toThrow("zone 'raw' refuses untagged objects and has no classification, without which its jobs do not tag what they write: give it one, or leave refuseUntagged out");
  });
});
