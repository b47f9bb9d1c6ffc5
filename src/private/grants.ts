import { aws_iam as iam, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';

const READ_OBJECTS = ['s3:GetObject', 's3:GetObjectVersion'];
const WRITE_OBJECTS = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

/** Rights on a bucket and on the key that its objects are encrypted with: neither is useful without the other. */
export interface ObjectGrant {
  readonly bucket: s3.IBucket;
  readonly encryptionKey: kms.IKey;
  readonly grantee: iam.IGrantable;
  readonly read: boolean;
  readonly write: boolean;
  /** Key prefix; an empty string means the whole bucket. */
  readonly prefix: string;
}

/** Grants exactly named actions: no `s3:Get*`, so that a policy says what it allows, and cdk-nag finds nothing but the prefix. */
export function grantObjects({ bucket, encryptionKey, grantee, read, write, prefix }: ObjectGrant): iam.Grant {
  const parents = parentsOf(prefix);
  const objects = iam.Grant.addToPrincipalOrResource({
    grantee,
    resource: bucket,
    actions: [...(read ? READ_OBJECTS : []), ...(write ? WRITE_OBJECTS : [])],
    resourceArns: [bucket.arnForObjects(`${prefix}*`), ...parents.map((parent) => bucket.arnForObjects(parent))],
  });
  const listing = iam.Grant.addToPrincipalOrResource({
    grantee,
    resource: bucket,
    actions: ['s3:ListBucket'],
    resourceArns: [bucket.bucketArn],
    conditions: prefix === '' ? undefined : { StringLike: { 's3:prefix': [`${prefix}*`, ...parents.flatMap((parent) => [parent, `${parent}/`])] } },
  });
  const location = iam.Grant.addToPrincipalOrResource({
    grantee,
    resource: bucket,
    actions: ['s3:GetBucketLocation', ...(write ? ['s3:ListBucketMultipartUploads'] : [])],
    resourceArns: [bucket.bucketArn],
  });
  // A multipart upload decrypts the data key again with each part: writers need both.
  const key = encryptionKey.grant(grantee, 'kms:Decrypt', ...(write ? ['kms:GenerateDataKey'] : []));
  return objects.combine(listing).combine(location).combine(key);
}

/**
 * The "folders" above and at a prefix, without their slash: Spark's S3 clients look at each one (`a`, `a/b` for `a/b/`) before they
 * read below it, and fail where they may not.
 */
function parentsOf(prefix: string): string[] {
  // Not at the slash inside of a policy variable.
  const segments = prefix.split(/\/(?![^{]*\})/).slice(0, -1);
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}
