import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const INTEG = path.resolve(__dirname, '..', '..', 'integ');

/** `npm run integ -- ...`, as far as it comes without deploying anything. */
function integ(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(INTEG, 'run.js'), ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
  return { status, stdout, stderr };
}

test('--help and --list', () => {
  expect(integ(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage: npm run integ -- [options] [TEST...]') });
  expect(integ(['--list']).stdout.trim().split('\n')).toEqual(
    fs.readdirSync(INTEG).filter((name) => /^integ\..*\.ts$/.test(name)).map((name) => name.replace(/\.ts$/, '')).sort());
});

test.each([
  [['nosuch'], /^error: there is no integration test 'nosuch': choose from .*default-lake/],
  [['--nosuch'], /^error: Unknown option '--nosuch': see npm run integ -- --help/],
  [['--snapshots', '--deploy'], /^error: --snapshots only verifies/],
  [['--update', '--profile', 'dev'], /^error: snapshots are written from the embedded cloud/],
])('%s is refused', (args, message) => {
  const { status, stderr } = integ(args);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('    at ');
});

test('a profile that the AWS CLI does not have is refused before anything is deployed', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'profiles-'));
  try {
    fs.writeFileSync(path.join(folder, 'config'), '[profile other]\nregion = eu-central-1\n');
    const { status, stderr } = integ(['--deploy', '--profile', 'dev'], {
      AWS_CONFIG_FILE: path.join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'credentials'),
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: there is no profile 'dev' in .*config or .*credentials: aws configure --profile dev/);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

describe('snapshots', () => {
  let folder: string;
  let snapshots: { incomplete(): string[]; normalize(): void };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'snapshots-'));
    fs.copyFileSync(path.join(INTEG, 'snapshots.js'), path.join(folder, 'snapshots.js'));
    for (const name of ['integ.one.ts', 'integ.two.ts']) fs.writeFileSync(path.join(folder, name), '');
    for (const name of ['integ.one.ts.snapshot', 'integ.gone.ts.snapshot']) fs.mkdirSync(path.join(folder, name));
    snapshots = jest.requireActual(path.join(folder, 'snapshots.js'));
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  test('a test without one and one without a test are found', () => {
    expect(snapshots.incomplete()).toEqual([
      'integ.two.ts has no snapshot: npm run integ -- --update integ.two',
      'integ.gone.ts.snapshot has no test: remove it',
    ]);
  });

  test('hold no paths of a machine and no times', () => {
    const file = (name: string) => path.join(folder, 'integ.one.ts.snapshot', name);
    fs.writeFileSync(file('A.template.json'), JSON.stringify({ Resources: { Call: { Properties: { salt: '1795506037587', api: 'get' } }, Bare: {} } }));
    fs.writeFileSync(file('A.metadata.json'), JSON.stringify({
      '/A/B': [{ type: 'aws:cdk:creationStack', data: ['/home/me'] }, { type: 'aws:cdk:logicalId', data: 'B', trace: ['/home/me'] }],
    }));
    snapshots.normalize();

    expect(JSON.parse(fs.readFileSync(file('A.template.json'), 'utf8')).Resources.Call.Properties).toEqual({ salt: '0', api: 'get' });
    expect(JSON.parse(fs.readFileSync(file('A.metadata.json'), 'utf8'))).toEqual({ '/A/B': [{ type: 'aws:cdk:logicalId', data: 'B' }] });
  });
});

describe('a deployment leaves the repository as it is', () => {
  let root: string;
  const { mirror } = jest.requireActual<{ mirror(root: string): { folder: string; bringBack(tests: string[]): void; remove(): void } }>(path.join(INTEG, 'mirror.js'));
  const write = (folder: string, name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  };
  const snapshotOf = (test: string) => fs.readFileSync(path.join(root, 'integ', `${test}.ts.snapshot`, 'A.json'), 'utf8');

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'repository-'));
    for (const name of ['src/index.ts', 'integ/integ.one.ts', 'integ/functions/index.py', 'integ/cdk-integ.out.one/manifest.json']) write(root, name, name);
    for (const test of ['integ.one', 'integ.two']) write(root, `integ/${test}.ts.snapshot/A.json`, 'before');
  });

  afterEach(() => fs.rmSync(root, { recursive: true }));

  test('it has the sources of the tests, what they import, and no snapshot', () => {
    const { folder, remove } = mirror(root);
    expect(fs.readdirSync(folder).sort()).toEqual(['integ', 'src']);
    expect(fs.realpathSync(path.join(folder, 'src', 'index.ts'))).toBe(fs.realpathSync(path.join(root, 'src', 'index.ts')));
    expect(fs.readdirSync(path.join(folder, 'integ'), { recursive: true }).sort()).toEqual(['functions', path.join('functions', 'index.py'), 'integ.one.ts']);
    remove();
    expect(fs.existsSync(folder)).toBe(false);
    expect(fs.existsSync(path.join(root, 'src', 'index.ts'))).toBe(true);
  });

  test('the snapshots of the tests that are named are replaced when they are asked for', () => {
    const { folder, bringBack, remove } = mirror(root);
    for (const test of ['integ.one', 'integ.two']) write(folder, `integ/${test}.ts.snapshot/A.json`, 'after');
    expect([snapshotOf('integ.one'), snapshotOf('integ.two')]).toEqual(['before', 'before']);
    bringBack(['integ.one']);
    remove();
    expect([snapshotOf('integ.one'), snapshotOf('integ.two')]).toEqual(['after', 'before']);
  });
});
