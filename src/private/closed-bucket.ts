import { aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';

/** What every bucket of a lake is: nobody's but the account's, without ACLs, by TLS only. */
export const CLOSED: Pick<s3.BucketProps, 'blockPublicAccess' | 'objectOwnership' | 'enforceSSL'> = {
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
};

/** Bucket props of a closed bucket whose objects a key of one's own encrypts. */
export function closedBy(encryptionKey: kms.IKey): s3.BucketProps {
  return { ...CLOSED, encryption: s3.BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true };
}
