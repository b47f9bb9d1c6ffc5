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
  let snapshots: { incomplete(): string[]; normalize(): void; keep(): { restore(): void; forget(): void } };

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

  test('come back as they were after a deployment that wrote them', () => {
    fs.writeFileSync(path.join(folder, 'integ.one.ts.snapshot', 'kept'), 'before');
    const keep = snapshots.keep();
    fs.writeFileSync(path.join(folder, 'integ.one.ts.snapshot', 'kept'), 'after');
    fs.mkdirSync(path.join(folder, 'integ.two.ts.snapshot'));
    keep.restore();
    keep.forget();

    expect(fs.readFileSync(path.join(folder, 'integ.one.ts.snapshot', 'kept'), 'utf8')).toBe('before');
    expect(fs.existsSync(path.join(folder, 'integ.two.ts.snapshot'))).toBe(false);
  });
});
