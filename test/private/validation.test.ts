import { Duration, Lazy } from 'aws-cdk-lib';
import { requireDays, requireDuration, requireName, requirePrefix, requireRange } from '../../src/private/validation';

const token = Lazy.string({ produce: () => 'x' });
const days = Duration.days(Lazy.number({ produce: () => 1 }));

test('a name or a prefix that is a token cannot be checked, and is refused', () => {
  expect(() => requireName('zone', token)).toThrow('the name of a zone must be known at synthesis, got a token: give a plain string');
  expect(() => requirePrefix('prefix of it', token)).toThrow('prefix of it must be known at synthesis, got a token: give a plain string');
});

test('numbers and durations that are tokens pass', () => {
  expect(() => requireRange('it', Lazy.number({ produce: () => 1 }), 5, 6)).not.toThrow();
  expect(() => requireDuration('it', days, Duration.days(5), Duration.days(6))).not.toThrow();
  expect(() => requireDays('it', days)).not.toThrow();
});

test('what is not given passes', () => {
  expect(() => requireRange('it', undefined, 5, 6)).not.toThrow();
  expect(() => requireDuration('it', undefined, Duration.days(5), Duration.days(6))).not.toThrow();
  expect(() => requireDays('it', undefined)).not.toThrow();
});

test('limits are inclusive', () => {
  for (const value of [5, 6]) expect(() => requireRange('it', value, 5, 6)).not.toThrow();
  for (const value of [4, 7]) expect(() => requireRange('it', value, 5, 6)).toThrow(`it must be a whole number from 5 to 6, got ${value}`);
  for (const value of [5, 6]) expect(() => requireDuration('it', Duration.days(value), Duration.days(5), Duration.days(6))).not.toThrow();
  for (const value of [4, 7]) {
    expect(() => requireDuration('it', Duration.days(value), Duration.days(5), Duration.days(6))).toThrow(`it must be between 5 days and 6 days, got ${value} days`);
  }
});

test('a duration in hours that is whole days passes', () => {
  expect(() => requireDays('it', Duration.hours(48))).not.toThrow();
});
