import { Duration, Lazy, Stack, aws_s3 as s3 } from 'aws-cdk-lib';
import { dropZone, newStack, propertiesOf, warnings } from './helpers';
import { DataLakeZone, ZoneLifecycle } from '../../src';

const { GLACIER, DEEP_ARCHIVE, GLACIER_INSTANT_RETRIEVAL, INFREQUENT_ACCESS, INTELLIGENT_TIERING, ONE_ZONE_INFREQUENT_ACCESS } = s3.StorageClass;
const days = Duration.days;

function ruleOf(lifecycle?: ZoneLifecycle): any {
  const stack = newStack();
  const zone = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', lifecycle });
  const { Rules } = propertiesOf(stack, zone.bucket).LifecycleConfiguration;
  expect(Rules).toHaveLength(2);
  return Rules[0];
}

describe('defaults', () => {
  test('the first zone of a chain moves to Glacier Instant Retrieval after 30 days, the others to Intelligent-Tiering at once', () => {
    const stack = newStack();
    const curated = new DataLakeZone(stack, 'Curated', { zoneName: 'curated' });
    const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', nextZone: curated });
    const drop = new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw });
    const sandbox = new DataLakeZone(stack, 'Sandbox', { zoneName: 'sandbox' });
    const transitions = (zone: DataLakeZone) => propertiesOf(stack, zone.bucket).LifecycleConfiguration.Rules[0].Transitions;

    expect(transitions(drop)).toEqual([{ StorageClass: 'GLACIER_IR', TransitionInDays: 30 }]);
    for (const zone of [raw, curated, sandbox]) expect(transitions(zone)).toEqual([{ StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 0 }]);
  });

  test('index says which zone is the first', () => {
    const stack = newStack();
    const only = new DataLakeZone(stack, 'Only', { zoneName: 'only', index: 0 });
    const second = new DataLakeZone(stack, 'Second', { zoneName: 'second', index: 1, nextZone: only, dataStreams: [] });
    const storage = (zone: DataLakeZone) => propertiesOf(stack, zone.bucket).LifecycleConfiguration.Rules[0].Transitions[0].StorageClass;

    expect([storage(only), storage(second)]).toEqual(['GLACIER_IR', 'INTELLIGENT_TIERING']);
  });

  test('Intelligent-Tiering has no archive tiers', () => {
    const stack = newStack();
    const { drop, raw } = dropZone(stack);

    for (const zone of [drop, raw]) expect(propertiesOf(stack, zone.bucket)).not.toHaveProperty('IntelligentTieringConfigurations');
  });

  test('noncurrent versions go after 30 days, unfinished uploads after 7, objects never', () => {
    const rule = ruleOf();

    expect(rule).toMatchObject({
      Status: 'Enabled',
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      ExpiredObjectDeleteMarker: true,
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    });
    expect(rule).not.toHaveProperty('ExpirationInDays');
    expect(rule).not.toHaveProperty('Prefix');
  });
});

describe('props', () => {
  test('all of them', () => {
    expect(ruleOf({
      transitions: [
        { storageClass: INFREQUENT_ACCESS, after: days(30) },
        { storageClass: INTELLIGENT_TIERING, after: days(60) },
        { storageClass: ONE_ZONE_INFREQUENT_ACCESS, after: days(90) },
        { storageClass: GLACIER_INSTANT_RETRIEVAL, after: days(120) },
      ],
      expiration: days(365),
      noncurrentVersionExpiration: days(1),
      abortIncompleteMultipartUploadAfter: Duration.hours(48),
    })).toEqual({
      Status: 'Enabled',
      Transitions: [
        { StorageClass: 'STANDARD_IA', TransitionInDays: 30 },
        { StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 60 },
        { StorageClass: 'ONEZONE_IA', TransitionInDays: 90 },
        { StorageClass: 'GLACIER_IR', TransitionInDays: 120 },
      ],
      ExpirationInDays: 365,
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
    });
  });

  test('an empty list of transitions leaves objects where they are', () => {
    expect(ruleOf({ transitions: [] })).not.toHaveProperty('Transitions');
  });

  test('0 days is obeyed', () => {
    expect(ruleOf({ transitions: [{ storageClass: GLACIER_INSTANT_RETRIEVAL, after: days(0) }] }).Transitions)
      .toEqual([{ StorageClass: 'GLACIER_IR', TransitionInDays: 0 }]);
  });

  test('noncurrent versions can be kept', () => {
    const rule = ruleOf({ keepNoncurrentVersions: true });

    expect(rule).not.toHaveProperty('NoncurrentVersionExpiration');
    expect(rule).not.toHaveProperty('ExpiredObjectDeleteMarker');
  });

  test('and not kept, when that is said', () => {
    const { NoncurrentVersionExpiration } = ruleOf({ keepNoncurrentVersions: false, noncurrentVersionExpiration: days(2) });

    expect(NoncurrentVersionExpiration).toEqual({ NoncurrentDays: 2 });
  });

  test('tokens pass', () => {
    const later = Duration.days(Lazy.number({ produce: () => 50 }));
    expect(ruleOf({ transitions: [{ storageClass: INFREQUENT_ACCESS, after: later }], expiration: later }))
      .toMatchObject({ ExpirationInDays: 50, Transitions: [{ TransitionInDays: 50 }] });
  });
});

describe('prefixes of their own', () => {
  const rulesOf = (zone: DataLakeZone): any[] => propertiesOf(Stack.of(zone), zone.bucket).LifecycleConfiguration.Rules;

  test('staging goes after a day, its noncurrent versions and unfinished uploads too', () => {
    expect(rulesOf(new DataLakeZone(newStack(), 'Raw', { zoneName: 'raw', lifecycle: { keepNoncurrentVersions: true } }))[1]).toEqual({
      Status: 'Enabled',
      Prefix: 'staging/',
      ExpirationInDays: 1,
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    });
  });

  test('replaced versions of a table go after a day, once each; what is current stays', () => {
    const zone = new DataLakeZone(newStack(), 'Curated', { zoneName: 'curated' });
    for (const prefix of ['tables/sales/', 'tables/stock/', 'tables/sales/']) zone.expireReplacedVersions(prefix);

    const [general, , ...replaced] = rulesOf(zone);
    expect(replaced).toEqual(['tables/sales/', 'tables/stock/'].map((Prefix) => (
      { Status: 'Enabled', Prefix, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, ExpiredObjectDeleteMarker: true })));
    expect(general).not.toHaveProperty('ExpirationInDays');
    expect(warnings(Stack.of(zone))).toEqual([]);
  });

  test('a zone that keeps noncurrent versions keeps these, too', () => {
    const zone = new DataLakeZone(newStack(), 'Curated', { zoneName: 'curated', lifecycle: { keepNoncurrentVersions: true } });
    zone.expireReplacedVersions('tables/sales/');

    expect(rulesOf(zone)).toHaveLength(2);
  });

  test('a zone whose objects expire warns that the current run of such a table does', () => {
    const zone = new DataLakeZone(newStack(), 'Curated', { zoneName: 'curated', lifecycle: { expiration: days(90) } });
    zone.expireReplacedVersions('tables/sales/');

    expect(warnings(Stack.of(zone)).join()).toContain("zone 'curated' deletes objects after 90 days, the current files of its curated tables too");
  });

  test('a prefix is refused as everywhere', () => {
    expect(() => new DataLakeZone(newStack(), 'Curated', { zoneName: 'curated' }).expireReplacedVersions('/tables')).toThrow(/prefix of replaced versions of zone 'curated'/);
  });
});

describe('archives', () => {
  test.each([GLACIER, DEEP_ARCHIVE])('%s is allowed, with a warning that queries miss data', (storageClass) => {
    const stack = newStack();
    new DataLakeZone(stack, 'Raw', { zoneName: 'raw', lifecycle: { transitions: [{ storageClass, after: days(90) }] } });

    expect(warnings(stack)).toEqual([expect.stringContaining(
      `zone 'raw' moves objects to ${storageClass.value}: Athena and Glue skip them without an error, so that queries miss data. `
      + 'Use s3.StorageClass.GLACIER_INSTANT_RETRIEVAL to keep them queryable')]);
  });

  test('nothing else warns', () => {
    const stack = newStack();
    new DataLakeZone(stack, 'Raw', { zoneName: 'raw', lifecycle: { transitions: [{ storageClass: GLACIER_INSTANT_RETRIEVAL, after: days(0) }] } });

    expect(warnings(stack)).toEqual([]);
  });
});

describe('errors', () => {
  test.each<[ZoneLifecycle, string]>([
    [{ expiration: days(0) }, "expiration of zone 'raw' must be a whole number of days, at least 1, got 0 days"],
    [{ expiration: Duration.hours(36) }, "expiration of zone 'raw' must be a whole number of days, at least 1, got 1 day 12 hours"],
    [{ noncurrentVersionExpiration: days(0) }, "noncurrentVersionExpiration of zone 'raw' must be"],
    [{ abortIncompleteMultipartUploadAfter: days(0) }, "abortIncompleteMultipartUploadAfter of zone 'raw' must be"],
    [
      { transitions: [{ storageClass: INFREQUENT_ACCESS, after: days(29) }] },
      "transition to STANDARD_IA of zone 'raw' must be a whole number of days, at least 30, got 29 days",
    ],
    [{ transitions: [{ storageClass: ONE_ZONE_INFREQUENT_ACCESS, after: days(1) }] }, 'at least 30, got 1 day'],
    [
      { transitions: [{ storageClass: INFREQUENT_ACCESS, after: days(30) }, { storageClass: GLACIER_INSTANT_RETRIEVAL, after: days(59) }] },
      "zone 'raw' moves objects to GLACIER_IR 29 days after STANDARD_IA, where S3 keeps them for at least 30: use 60 days or more",
    ],
    [
      { transitions: [{ storageClass: ONE_ZONE_INFREQUENT_ACCESS, after: days(40) }, { storageClass: GLACIER, after: days(41) }] },
      "zone 'raw' moves objects to GLACIER 1 days after ONEZONE_IA, where S3 keeps them for at least 30: use 70 days or more",
    ],
    [
      { transitions: [{ storageClass: GLACIER, after: days(30) }, { storageClass: INFREQUENT_ACCESS, after: days(60) }] },
      "zone 'raw' moves objects from GLACIER to STANDARD_IA, which S3 does not allow: order transitions as STANDARD_IA, ",
    ],
    [
      { transitions: [{ storageClass: GLACIER, after: days(30) }, { storageClass: GLACIER, after: days(60) }] },
      "zone 'raw' moves objects from GLACIER to GLACIER, which S3 does not allow",
    ],
    [
      { transitions: [{ storageClass: INFREQUENT_ACCESS, after: days(60) }, { storageClass: GLACIER, after: days(60) }] },
      "zone 'raw' moves objects to GLACIER after 60 days, not after STANDARD_IA (60 days): use more days",
    ],
    [
      { transitions: [{ storageClass: INFREQUENT_ACCESS, after: days(60) }], expiration: days(60) },
      "zone 'raw' deletes objects after 60 days, but moves them to STANDARD_IA after 60: expire them later, or leave the transition out",
    ],
    [{ keepNoncurrentVersions: true, noncurrentVersionExpiration: days(9) }, "zone 'raw' keeps noncurrent versions and also expires them after 9 days: give one of the two"],
  ])('%#', (lifecycle, message) => {
    expect(() => ruleOf(lifecycle)).toThrow(message);
  });
});
