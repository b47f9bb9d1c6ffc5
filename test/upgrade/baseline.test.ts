import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { findBaseline, snapshotOf, testsOf } from './baseline';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-baseline-'));
const root = path.join(folder, 'repository');
const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: root, stdio: 'pipe' });
const write = (count: number) => fs.writeFileSync(path.join(root, 'integ', 'integ.a.ts.snapshot', 'S.template.json'), `{"count":${count}}`);
const countAt = (place: string, from?: string) => snapshotOf(findBaseline(place, from), 'integ.a.ts').S.count;

beforeAll(() => {
  // What the caller chose for the upgrade itself is nothing to these.
  delete process.env.LAKE_UPGRADE_FROM;
  fs.mkdirSync(path.join(root, 'integ', 'integ.a.ts.snapshot'), { recursive: true });
  fs.writeFileSync(path.join(root, 'integ', 'integ.a.ts'), '');
  fs.writeFileSync(path.join(root, 'integ', 'integ.new.ts'), '');
  git('init', '-q');
  for (const count of [1, 2, 3]) {
    write(count);
    git('add', '-A');
    git('commit', '-qm', String(count));
  }
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('without a release: the commit before this one, or this one where something has changed since', () => {
  expect(testsOf(findBaseline(root))).toEqual(['integ.a.ts']);
  expect(countAt(root)).toBe(2);
  write(4);
  expect(countAt(root)).toBe(3);
  write(3);
});

test('a commit of the caller\'s choice, which must exist', () => {
  expect(countAt(root, 'HEAD~2')).toBe(1);
  expect(() => findBaseline(root, 'v9')).toThrow('LAKE_UPGRADE_FROM is \'v9\', which is no commit of this repository');
});

test('a shallow clone, and a folder without git, say what they cannot see', () => {
  const shallow = path.join(folder, 'shallow');
  git('clone', '-q', '--depth', '1', `file://${root}`, shallow);
  expect(findBaseline(shallow).warning).toMatch(/shallow: the last release cannot be seen.*git fetch --unshallow --tags/);
  expect(countAt(shallow)).toBe(3);
  fs.rmSync(path.join(shallow, '.git'), { recursive: true });
  expect(findBaseline(shallow).warning).toMatch(/no git history here/);
  expect(countAt(shallow)).toBe(3);
});

test('the last release, as soon as there is one', () => {
  git('tag', 'v1.0.0', 'HEAD~2');
  expect(findBaseline(root).name).toBe('release v1.0.0');
  expect(countAt(root)).toBe(1);
});
