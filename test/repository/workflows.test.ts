import * as fs from 'fs';
import * as path from 'path';

const ROOT = path.resolve(__dirname, '..', '..');
const WORKFLOWS = path.join(ROOT, '.github', 'workflows');

const names = fs.readdirSync(WORKFLOWS);
const read = (...parts: string[]) => fs.readFileSync(path.join(ROOT, ...parts), 'utf8');
const workflow = (name: string) => read('.github', 'workflows', name);

/** Returns the jobs of a workflow, each with its text. */
function jobs(name: string): Record<string, string> {
  const parts = workflow(name).split(/^jobs:$/m)[1].split(/^ {2}(?=[a-z_-]+:$)/m).slice(1);
  return Object.fromEntries(parts.map((part) => [part.slice(0, part.indexOf(':')), part]));
}

const all = names.flatMap((name) => Object.entries(jobs(name)).map(([job, text]) => ({ name, job, text })));
const withText = (pattern: RegExp) => all.filter(({ text }) => pattern.test(text)).map(({ name, job }) => `${name} ${job}`);
const locks = fs.readdirSync(path.join(ROOT, 'local')).filter((name) => name.endsWith('.lock'));

test('the jobs are found', () => {
  expect(Object.keys(jobs('release.yml'))).toEqual(['release', 'release_github', 'release_npm', 'release_maven', 'release_pypi']);
  expect(names).toEqual(expect.arrayContaining(['audit.yml', 'build.yml', 'release.yml', 'soak.yml']));
});

test.each(names)('actions of %s are pinned to a commit: a tag can be moved', (name) => {
  const used = [...workflow(name).matchAll(/uses: *(\S+)/g)].map(([, action]) => action);
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((action) => !/^[\w./-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
});

test('only the jobs that publish may write', () => {
  expect(withText(/contents: write/)).toEqual(['release.yml release_github']);
  expect(withText(/id-token: write/)).toEqual(['release.yml release_npm', 'release.yml release_pypi']);
  expect(withText(/permissions: *write-all/)).toEqual([]);
  expect(all.filter(({ text }) => !/^ {4}permissions:$/m.test(text)).map(({ name, job }) => `${name} ${job}`)).toEqual([]);
});

test('the only tokens are those of a registry without trusted publishing', () => {
  const secrets = new Set(all.flatMap(({ text }) => [...text.matchAll(/secrets\.(\w+)/g)].map(([, secret]) => secret)));
  expect([...secrets].filter((secret) => secret !== 'GITHUB_TOKEN').every((secret) => secret.startsWith('MAVEN_'))).toBe(true);
  expect(withText(/secrets\.MAVEN_/)).toEqual(['release.yml release_maven']);
  expect(jobs('release.yml').release_npm).toContain('NPM_TRUSTED_PUBLISHER: "true"');
});

test('nothing that a lock file does not name is installed or run', () => {
  const commands = all.flatMap(({ text }) => text.split('\n').filter((line) => /\b(npm|npx|pip)\b.*(install|ci|-p\b|@latest)/.test(line)));
  const locked = /npm ci\b|Install [Dd]ependencies|pip install --require-hashes --only-binary=:all: /;
  expect(commands.filter((line) => !locked.test(line))).toEqual([]);
  for (const job of ['release_npm', 'release_maven', 'release_pypi']) {
    expect(jobs('release.yml')[job]).toContain('NPM_CONFIG_IGNORE_SCRIPTS: "true"');
  }
});

test.each(locks)('%s locks every package by hash, and names no host', (name) => {
  const text = read('local', name);
  const packages = text.split('\n').filter((line) => /^\S+==/.test(line));
  expect(packages.length).toBeGreaterThan(1);
  expect(packages.filter((line) => !line.endsWith('\\'))).toEqual([]);
  expect(text.match(/--hash=sha256:/g)!.length).toBeGreaterThanOrEqual(packages.length);
  expect(text).not.toMatch(/https?:/);
});

test('the locked tool that publishes comes from no host of its own', () => {
  const lock = JSON.parse(read('projenrc', 'publib', 'package-lock.json'));
  const entries = Object.entries<{ integrity?: string; resolved?: string }>(lock.packages).filter(([name]) => name);
  expect(entries.length).toBeGreaterThan(10);
  expect(entries.filter(([, { integrity, resolved }]) => !integrity || resolved)).toEqual([]);
});

test('known vulnerabilities are looked for in every lock file, once a week', () => {
  const audit = workflow('audit.yml');
  expect(audit).toMatch(/schedule:\n\s+- cron:/);
  for (const name of locks.filter((lock) => lock !== 'requirements-audit.lock')) expect(audit).toContain(` ${name.replace('.lock', '')}`);
  expect(audit).toContain('npm audit --package-lock-only --audit-level=high --prefix .\n');
  expect(audit).toContain('npm audit --package-lock-only --audit-level=high --prefix projenrc/publib');
});

test('what is installed on a user\'s machine runs no scripts, and is the same on every day', () => {
  expect(read('local', 'lake_local', 'lake', 'assembly', 'node_sdk.py')).toMatch(/"install", "--ignore-scripts", f"--before=\{_AS_OF\}"/);
  expect(read('bin', 'python-env.js')).toMatch(/'--require-hashes', '--only-binary=:all:'/);
  expect(read('bin', 'package.js')).toMatch(/PIP_NO_INDEX: '1', PIP_FIND_LINKS/);
});
