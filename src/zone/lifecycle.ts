import { Duration, aws_s3 as s3 } from 'aws-cdk-lib';

/**
 * One step of a zone's objects into a cheaper storage class.
 *
 * @example
 * const transition: ZoneTransition = { storageClass: s3.StorageClass.INTELLIGENT_TIERING, after: Duration.days(0) };
 */
export interface ZoneTransition {
  /** The storage class to move to. */
  readonly storageClass: s3.StorageClass;

  /** How long after an object was created, in whole days. 0 moves it with the next daily run of S3. */
  readonly after: Duration;
}

/**
 * How a zone's objects age.
 *
 * The defaults keep all data queryable: Athena and Glue skip objects in Glacier Flexible Retrieval and Glacier Deep Archive without
 * an error, so neither is ever used unless asked for.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html
 *
 * @example
 * const lifecycle: ZoneLifecycle = {
 *   transitions: [{ storageClass: s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, after: Duration.days(90) }],
 *   expiration: Duration.days(730),
 * };
 */
export interface ZoneLifecycle {
  /**
   * Steps into cheaper storage classes. An empty list leaves the objects where they are.
   *
   * @default - the first zone of a chain: Glacier Instant Retrieval after 30 days. Every other zone: Intelligent-Tiering at once,
   * without its archive tiers
   */
  readonly transitions?: ZoneTransition[];

  /**
   * After how long objects are deleted, in whole days.
   *
   * @default - never
   */
  readonly expiration?: Duration;

  /**
   * After how long a version that was replaced or deleted is deleted for good, in whole days.
   *
   * @default - 30 days
   */
  readonly noncurrentVersionExpiration?: Duration;

  /**
   * Whether versions that were replaced or deleted are kept for ever.
   *
   * @default false
   */
  readonly keepNoncurrentVersions?: boolean;

  /**
   * After how long the parts of an unfinished upload are deleted, in whole days.
   *
   * @default - 7 days
   */
  readonly abortIncompleteMultipartUploadAfter?: Duration;
}
