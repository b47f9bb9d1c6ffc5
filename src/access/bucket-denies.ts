import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { atLeast, CLASSES, CLASSIFICATION, Conditions, GUARDED, higher, notClearedFor, sidOf } from './classes';
import { DataClassification } from './data-classification';

const READ = ['s3:GetObject', 's3:GetObjectVersion'];
const LIST = ['s3:ListBucket', 's3:ListBucketVersions'];
const WRITE = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutObject'];
const TAG = ['s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging', 's3:PutObjectTagging', 's3:PutObjectVersionTagging'];

/** A bucket, the class of what is in it, and of what is below some of its prefixes. */
export interface ClassifiedBucket {
  readonly bucket: s3.IBucket;
  readonly classification: DataClassification;
  // Class by prefix, such as `streams/clicks/`, or a table's in all folders of a zone, as the pattern `?*/salaries/`: four prefixes for each table
  // would not fit into a bucket's policy. One below the bucket's class counts as the bucket's.
  readonly prefixes: { readonly [prefix: string]: DataClassification };
}

/** What to refuse, and where. */
interface Guard {
  readonly sid: string;
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions: Conditions;
}

/**
 * Returns the statements that keep from a bucket whoever is not cleared for what is in it, the account's administrators included.
 *
 * For each class above the lowest: reading an object that has its tag, and reading, listing, writing and tagging below a prefix of that class. S3
 * gives a policy the tags of an object that is read or tagged, and of no object that is listed, written or deleted.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
 */
export function bucketDenies(classified: ClassifiedBucket): iam.PolicyStatement[] {
  return GUARDED.flatMap((classification) => [
    ...byTag(classified.bucket, classification),
    ...byPrefix(classified, classification),
  ]).map(({ sid, actions, resources, conditions }) => new iam.PolicyStatement({
    sid, effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions, resources, conditions,
  }));
}

/**
 * Returns the statement that keeps everybody from what has no class of its own below `tables/`, but who writes there and tags afterwards, as Spark jobs
 * do.
 */
export function untaggedDeny(bucket: s3.IBucket, writers: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'ReadUntagged',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: READ,
    resources: [bucket.arnForObjects('tables/*')],
    conditions: {
      Null: { [`s3:ExistingObjectTag/${CLASSIFICATION}`]: 'true' },
      ...writers.length && { ArnNotLike: { 'aws:PrincipalArn': writers } },
    },
  });
}

function byTag(bucket: s3.IBucket, classification: DataClassification): Guard[] {
  const resources = [bucket.arnForObjects('*')];
  const conditions = {
    StringEquals: { [`s3:ExistingObjectTag/${CLASSIFICATION}`]: classification },
    StringNotEquals: notClearedFor(classification),
  };
  return [
    { sid: sidOf('Read', classification), actions: READ, resources, conditions },
    { sid: sidOf('Tag', classification), actions: TAG, resources, conditions },
  ];
}

function byPrefix(classified: ClassifiedBucket, classification: DataClassification): Guard[] {
  const { bucket } = classified;
  const prefixes = prefixesOf(classified, classification);
  if (!prefixes.length) return [];
  const objects = prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`));
  const StringNotEquals = notClearedFor(classification);
  const lowest = CLASSES.indexOf(classified.classification) >= CLASSES.indexOf(classification);
  const floor = { StringNotEquals: { [`s3:RequestObjectTag/${CLASSIFICATION}`]: atLeast(classification) } };
  return [
    { sid: sidOf('Read', classification, 'Prefixes'), actions: READ, resources: objects, conditions: { StringNotEquals } },
    { sid: sidOf('Tag', classification, 'Prefixes'), actions: TAG, resources: objects, conditions: { StringNotEquals } },
    { sid: sidOf('Write', classification), actions: WRITE, resources: objects, conditions: { StringNotEquals } },
    { sid: sidOf('Tagged', classification, 'Tags'), actions: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'], resources: objects, conditions: floor },
    ...lowest
      ? [{ sid: sidOf('List', classification), actions: LIST, resources: [bucket.bucketArn], conditions: { StringNotEquals } }]
      : listing(bucket, classification, prefixes),
  ];
}

/**
 * Who is not cleared lists no prefix of the class, and what is above a table or stream only folder by folder: a listing without a delimiter would
 * name what is inside.
 */
function listing(bucket: s3.IBucket, classification: DataClassification, prefixes: string[]): Guard[] {
  const resources = [bucket.bucketArn];
  const StringNotEquals = notClearedFor(classification);
  return [
    {
      sid: sidOf('List', classification),
      actions: LIST,
      resources,
      conditions: { StringNotEquals, StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
    },
    {
      sid: sidOf('List', classification, 'FromAbove'),
      actions: LIST,
      resources,
      conditions: { StringNotEquals: { ...StringNotEquals, 's3:delimiter': '/' }, StringNotLike: { 's3:prefix': ['*/*/*'] } },
    },
  ];
}

/** Returns the prefixes whose class is at least this one: below each, whoever is not cleared for it is kept out. */
function prefixesOf({ classification: ofBucket, prefixes }: ClassifiedBucket, classification: DataClassification): string[] {
  if (ofBucket === classification) return [''];
  const isAbove = (declared: DataClassification) => declared === classification && declared !== ofBucket && higher(ofBucket, declared) === declared;
  return Object.keys(prefixes).filter((prefix) => isAbove(prefixes[prefix]));
}
