import * as fs from 'fs';
import * as path from 'path';
import { EXPECTED, packageFor, resourceCounts, ROOT, run, temporaryDirectory } from './support';

jest.setTimeout(600_000);

const APP = `
const { App, Stack } = require('aws-cdk-lib');
const { DataLakeAccelerator } = require('cdk-datalake-accelerator');
const app = new App({ outdir: 'cdk.out' });
new DataLakeAccelerator(new Stack(app, 'Company'), 'Lake', { tables: [{ name: 'orders' }, { name: 'customers' }] });
app.synth();
`;

describe('the npm tarball, installed in another app', () => {
  const project = temporaryDirectory('tarball');
  const installed = path.join(project, 'node_modules', 'cdk-datalake-accelerator');
  let files: string[];

  beforeAll(() => {
    const tarball = packageFor('js', '.tgz', path.join(project, 'dist'));
    files = run('tar', ['-tzf', tarball], { cwd: project }).trim().split('\n').map((name) => name.replace(/^package\//, ''));
    fs.mkdirSync(installed, { recursive: true });
    run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'], { cwd: project });
    // The peers, and nothing else: an import of anything undeclared fails here as it would at a user's.
    for (const peer of ['aws-cdk-lib', 'constructs']) {
      fs.symlinkSync(path.join(ROOT, 'node_modules', peer), path.join(project, 'node_modules', peer));
    }
    fs.writeFileSync(path.join(project, 'app.js'), APP);
  });

  afterAll(() => fs.rmSync(project, { recursive: true, force: true }));

  test('has only peer dependencies', () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(installed, 'package.json'), 'utf8'));
    expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
  });

  test('synthesizes a lake', () => {
    run(process.execPath, ['app.js'], { cwd: project });
    expect(resourceCounts(path.join(project, 'cdk.out', 'Company.template.json'))).toMatchObject(EXPECTED);
  });

  test('carries what runs inside the lake and the lake command, but no tests and no tooling', () => {
    for (const needed of ['bin/lake', 'bin/python-env.js', 'local/requirements.lock', 'local/lake_local/__main__.py', 'glue-assets/jobs/drop_to_raw.py',
      'glue-assets/jobs/raw_to_curated.py', 'lambda/csv_to_next_zone/index.py', 'lambda-layers/numpy/requirements.txt', 'lambda-layers/build_layers.py',
      'examples/olist/cdk.json', 'lib/index.js', '.jsii', 'API.md', 'README.md', 'LICENSE']) {
      expect(files).toContain(needed);
    }
    const unwanted = files.filter((name) => /(^|\/)(tests?|bench|integ|__pycache__|node_modules|\.lake|cdk\.out)\//.test(name) || /\.(pyc|whl)$/.test(name) || /^src\//.test(name));
    expect(unwanted).toEqual([]);
  });

  test('is small: under 1 MB packed is what an install should cost', () => {
    const [tarball] = fs.readdirSync(path.join(project, 'dist', 'js'));
    expect(fs.statSync(path.join(project, 'dist', 'js', tarball)).size).toBeLessThan(1_000_000);
  });

  test('its lake command answers', () => {
    const help = run(process.execPath, [path.join(installed, 'bin', 'lake'), '--help'], { cwd: project });
    for (const command of ['up', 'drop', 'run', 'query', 'status', 'logs', 'env', 'down', 'demo']) {
      expect(help).toMatch(new RegExp(`^\\s+${command}\\b`, 'm'));
    }
  });
});
