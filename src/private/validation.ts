import { Duration, Stack, Token } from 'aws-cdk-lib';
import { IKey } from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';

/** Lower-case letters, digits, `-` and `_`, starting with a letter: safe in keys, in Glue's names and in construct ids. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

/** Refuses props without what a construct needs: the compiler does for TypeScript, nothing does for JavaScript. */
export function requireProps<Props>(construct: IConstruct, props: Props | undefined, ...names: (keyof Props & string)[]): void {
  const missing = names.filter((name) => props?.[name] === undefined || props[name] === null);
  if (!missing.length) return;
  throw new Error(`${construct.constructor.name} '${construct.node.path}' needs ${missing.join(', ')}, which ${missing.length > 1 ? 'are' : 'is'} missing from its props`);
}

/** Refuses a name that would not be valid wherever the lake uses it. */
export function requireName(what: string, name: string): void {
  if (Token.isUnresolved(name)) {
    throw new Error(`the name of a ${what} must be known at synthesis, got a token: give a plain string`);
  }
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new Error(`invalid name of a ${what}: '${name}'; use 1 to 63 lower-case letters, digits, '-' and '_', starting with a letter`);
  }
}

/** Refuses a key prefix that S3 would never match, or that would match everything. */
export function requirePrefix(what: string, prefix: string): void {
  if (Token.isUnresolved(prefix)) {
    throw new Error(`${what} must be known at synthesis, got a token: give a plain string`);
  }
  if (prefix.startsWith('/') || prefix.includes('//')) {
    throw new Error(`${what} is '${prefix}', but keys in S3 have no empty segments: use '${prefix.replace(/\/+/g, '/').replace(/^\//, '')}'`);
  }
  if (/[*?\\]|[^\x20-\x7e]/.test(prefix)) {
    throw new Error(`${what} is '${prefix}', but only printable ASCII without '*', '?' and '\\' can be matched: rename it`);
  }
}

/**
 * Refuses a beginning or end of keys that S3 would not match as it is written: in the filter of an event notification there are no wildcards,
 * and other characters than these would have to be percent-encoded.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
export function requireFilter(what: string, text: string): void {
  if (Token.isUnresolved(text)) {
    throw new Error(`${what} must be known at synthesis, got a token: give a plain string`);
  }
  if (!/^[A-Za-z0-9!_.'()/-]*$/.test(text)) {
    throw new Error(`${what} is '${text}', but S3 matches letters, digits, and ! - _ . ' ( ) / only as they are written, and has no wildcards: use no others`);
  }
}

/** Refuses a number outside AWS's limits; tokens pass. */
export function requireRange(what: string, value: number | undefined, min: number, max: number, unit = ''): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${what} must be a whole number from ${min} to ${max}${unit}, got ${value}`);
  }
}

/** Refuses a duration outside AWS's limits; tokens pass. */
export function requireDuration(what: string, value: Duration | undefined, min: Duration, max: Duration): void {
  if (value === undefined || value.isUnresolved()) return;
  const milliseconds = value.toMilliseconds();
  if (milliseconds < min.toMilliseconds() || milliseconds > max.toMilliseconds()) {
    throw new Error(`${what} must be between ${min.toHumanString()} and ${max.toHumanString()}, got ${value.toHumanString()}`);
  }
}

/** A duration in whole days of at least one; tokens pass. */
export function requireDays(what: string, value: Duration | undefined, minimum = 1): void {
  if (value === undefined || value.isUnresolved()) return;
  const days = value.toMilliseconds() / 86_400_000;
  if (!Number.isInteger(days) || days < minimum) {
    throw new Error(`${what} must be a whole number of days, at least ${minimum}, got ${value.toHumanString()}`);
  }
}

/** Refuses a key beside a bucket that is known to have another: objects would be encrypted with the bucket's key while permissions are granted on the other one. */
export function requireSameKey(scope: IConstruct, what: string, ofBucket: IKey | undefined, given: IKey | undefined): void {
  if (!ofBucket || !given || ofBucket === given) return;
  const [bucketKey, givenKey] = [ofBucket, given].map(({ keyArn }) => JSON.stringify(Stack.of(scope).resolve(keyArn)));
  if (bucketKey === givenKey) return;
  throw new Error(`${what} has an existing bucket with the key ${bucketKey}, and another encryptionKey ${givenKey}: leave encryptionKey out, or give the bucket's`);
}
