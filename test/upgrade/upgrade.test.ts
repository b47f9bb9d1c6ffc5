import * as fs from 'fs';
import * as path from 'path';
import { findBaseline, snapshotOf, testsOf } from './baseline';
import { Allowed, compare, Finding, STATEFUL_TYPES, withoutAllowed, wrongEntries } from './guard';
import { OldApps } from './synthesis';

const ROOT = path.resolve(__dirname, '..', '..');
const ALLOWED: Allowed[] = JSON.parse(fs.readFileSync(path.join(__dirname, 'allowed.json'), 'utf8'));

const baseline = findBaseline(ROOT);
const tests = testsOf(baseline);
const findings: Record<string, Finding[]> = {};
const apps = new OldApps(ROOT, baseline);

afterAll(() => apps.remove());

test(`the upgrade from ${baseline.name} has integration tests to go by`, () => {
  if (baseline.warning) console.warn(baseline.warning);
  const gone = tests.filter((name) => !fs.existsSync(path.join(ROOT, 'integ', name)));
  if (gone.length) console.warn(`integration tests of ${baseline.name} that are gone, and upgraded here all the same: ${gone.join(', ')}`);
  expect(tests).not.toEqual([]);
});

test.each(tests)(`${baseline.name} to this: %s keeps its buckets, keys, databases and queues`, async (name) => {
  const before = snapshotOf(baseline, name);
  const after = await apps.synthesize(name);
  const types = Object.values(before).flatMap((template) => Object.values<any>(template.Resources)).map(({ Type }) => Type);
  expect(types.filter((type) => STATEFUL_TYPES.includes(type))).not.toEqual([]);
  expect(Object.keys(after)).toEqual(expect.arrayContaining(Object.keys(before)));
  findings[name] = compare(before, after);
  expect(withoutAllowed(name, findings[name], ALLOWED)).toEqual([]);
}, 120_000);

test('every replacement that is allowed has a reason, and takes place', () => {
  expect(wrongEntries(ALLOWED, findings)).toEqual([]);
});
