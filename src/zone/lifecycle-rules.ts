import { Annotations, Duration, aws_s3 as s3 } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { PREFIXES } from './layout';
import { ZoneLifecycle, ZoneTransition } from './lifecycle';
import { ARCHIVE_CLASSES, WARNINGS } from '../private/annotations';
import { requireDays } from '../private/validation';

/** The order in which S3 lets objects move: only ever onwards. Classes that it does not name are not ordered here. */
const WATERFALL = ['STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'];

/** S3 moves nothing into an Infrequent Access class before 30 days. */
const MINIMUM_DAYS: Record<string, number> = { STANDARD_IA: 30, ONEZONE_IA: 30 };

/** And nothing out of one before it was there for 30 days. */
const MINIMUM_STAY: Record<string, number> = { STANDARD_IA: 30, ONEZONE_IA: 30 };

/** Refuses what S3 would refuse, at synthesis. Sources: S3 user guide, "Transitioning objects using Amazon S3 Lifecycle". */
export function validateLifecycle(zoneName: string, lifecycle: ZoneLifecycle): void {
  const of = `of zone '${zoneName}'`;
  requireDays(`expiration ${of}`, lifecycle.expiration);
  requireDays(`noncurrentVersionExpiration ${of}`, lifecycle.noncurrentVersionExpiration);
  requireDays(`abortIncompleteMultipartUploadAfter ${of}`, lifecycle.abortIncompleteMultipartUploadAfter);
  if (lifecycle.keepNoncurrentVersions && lifecycle.noncurrentVersionExpiration) {
    throw new Error(`zone '${zoneName}' keeps noncurrent versions and also expires them after ${lifecycle.noncurrentVersionExpiration.toHumanString()}: give one of the two`);
  }
  let previous: ZoneTransition | undefined;
  for (const transition of lifecycle.transitions ?? []) {
    const name = transition.storageClass.value;
    requireDays(`transition to ${name} ${of}`, transition.after, MINIMUM_DAYS[name] ?? 0);
    if (previous) requireOrder(zoneName, previous, transition);
    previous = transition;
  }
  if (previous && lifecycle.expiration && days(lifecycle.expiration) <= days(previous.after)) {
    throw new Error(`zone '${zoneName}' deletes objects after ${days(lifecycle.expiration)} days, but moves them to ${previous.storageClass.value} after ${days(previous.after)}: expire them later, or leave the transition out`);
  }
}

/** Refuses a transition that S3 does not allow after the previous one. */
function requireOrder(zoneName: string, previous: ZoneTransition, transition: ZoneTransition): void {
  const name = transition.storageClass.value;
  if (WATERFALL.indexOf(name) <= WATERFALL.indexOf(previous.storageClass.value)) {
    throw new Error(`zone '${zoneName}' moves objects from ${previous.storageClass.value} to ${name}, which S3 does not allow: order transitions as ${WATERFALL.join(', ')}`);
  }
  if (days(transition.after) <= days(previous.after)) {
    throw new Error(`zone '${zoneName}' moves objects to ${name} after ${days(transition.after)} days, not after ${previous.storageClass.value} (${days(previous.after)} days): use more days`);
  }
  const stay = MINIMUM_STAY[previous.storageClass.value] ?? 0;
  if (days(transition.after) - days(previous.after) < stay) {
    throw new Error(`zone '${zoneName}' moves objects to ${name} ${days(transition.after) - days(previous.after)} days after ${previous.storageClass.value}, where S3 keeps them for at least ${stay}: use ${days(previous.after) + stay} days or more`);
  }
}

/** Warns where queries would silently miss data. */
export function warnOfArchives(scope: IConstruct, zoneName: string, lifecycle: ZoneLifecycle): void {
  for (const { storageClass } of lifecycle.transitions ?? []) {
    if (!ARCHIVE_CLASSES.includes(storageClass.value)) continue;
    Annotations.of(scope).addWarningV2(
      WARNINGS.archiveClass(storageClass.value),
      `zone '${zoneName}' moves objects to ${storageClass.value}: Athena and Glue skip them without an error, so that queries miss data. `
      + 'Use s3.StorageClass.GLACIER_INSTANT_RETRIEVAL to keep them queryable',
    );
  }
}

/** Warns where the run of a table that is current would go because no other replaced it in time. */
export function warnOfExpiringRuns(scope: IConstruct, zoneName: string, { expiration }: ZoneLifecycle): void {
  if (!expiration) return;
  Annotations.of(scope).addWarningV2(
    WARNINGS.currentRunExpires,
    `zone '${zoneName}' deletes objects after ${expiration.toHumanString()}, the current files of its curated tables too: a table that no run replaces in that time is then empty. `
    + 'Leave expiration out: the job removes the runs that it replaced',
  );
}

/** How long staging, and what replaced runs left, is kept: a day, the least that S3 can. */
const SHORTEST = 1;

/**
 * Returns the lifecycle as S3's template property. Where several rules match an object, S3 obeys the one that deletes first.
 *
 * @param lifecycle the zone's settings
 * @param isFirst whether the zone is the first of a chain
 * @param replaced prefixes under which replaced and deleted versions go after a day
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html
 */
export function renderLifecycle(lifecycle: ZoneLifecycle, isFirst: boolean, replaced: string[]): s3.CfnBucket.LifecycleConfigurationProperty {
  const transitions = lifecycle.transitions ?? [isFirst
    ? { storageClass: s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, after: Duration.days(30) }
    : { storageClass: s3.StorageClass.INTELLIGENT_TIERING, after: Duration.days(0) }];
  return {
    rules: [{
      status: 'Enabled',
      transitions: transitions.length === 0 ? undefined : transitions.map(({ storageClass, after }) => ({
        storageClass: storageClass.value,
        transitionInDays: after.toDays(),
      })),
      expirationInDays: lifecycle.expiration?.toDays(),
      // What is left of a deleted object once its versions are gone. S3 does this by itself where objects expire.
      expiredObjectDeleteMarker: lifecycle.expiration || lifecycle.keepNoncurrentVersions ? undefined : true,
      noncurrentVersionExpiration: lifecycle.keepNoncurrentVersions ? undefined : {
        noncurrentDays: (lifecycle.noncurrentVersionExpiration ?? Duration.days(30)).toDays(),
      },
      abortIncompleteMultipartUpload: {
        daysAfterInitiation: (lifecycle.abortIncompleteMultipartUploadAfter ?? Duration.days(7)).toDays(),
      },
    }, {
      // What a killed job left there.
      status: 'Enabled',
      prefix: PREFIXES.staging,
      expirationInDays: SHORTEST,
      noncurrentVersionExpiration: { noncurrentDays: SHORTEST },
      abortIncompleteMultipartUpload: { daysAfterInitiation: SHORTEST },
    }, ...replaced.map((prefix) => ({
      status: 'Enabled',
      prefix,
      noncurrentVersionExpiration: { noncurrentDays: SHORTEST },
      expiredObjectDeleteMarker: true,
    }))],
  };
}

/** Days for comparing; a token compares as nothing, so that it passes. */
function days(duration: Duration): number {
  return duration.isUnresolved() ? NaN : duration.toDays();
}
