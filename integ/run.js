// Runs the integration tests on the embedded cloud: snapshots first, then each lake is deployed, asserted on and destroyed.
//   node integ/run.js            all of them; fails if a snapshot is not what the source synthesizes
//   node integ/run.js --update   writes the snapshots anew, after the deployed lakes have passed
// In an account of your own: npx integ-runner --directory integ --language typescript --parallel-regions eu-west-1 --force
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { ensurePython } = require('../bin/python-env.js');

const ROOT = path.resolve(__dirname, '..');
const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function startServer(folder, python) {
  const state = path.join(folder, 'state');
  // Node functions find the AWS SDK, which Lambda brings along, where `lake up` would have installed it.
  const sdk = path.join(folder, 'cache', 'node-sdk');
  fs.mkdirSync(sdk, { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(sdk, 'node_modules'));
  const log = fs.openSync(path.join(folder, 'server.log'), 'a');
  const server = spawn(python, ['-m', 'lake_local.server', '--state', state, '--port', String(await freePort()), '--region', REGION], {
    env: { ...process.env, PYTHONPATH: path.join(ROOT, 'local'), LAKE_CACHE: path.join(folder, 'cache') }, stdio: ['ignore', log, log],
  });
  const file = path.join(state, 'lake.json');
  for (let tries = 0; tries < 600 && server.exitCode === null; tries++) {
    if (fs.existsSync(file)) return { server, lake: JSON.parse(fs.readFileSync(file, 'utf8')) };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the embedded cloud did not start: see ${path.join(folder, 'server.log')}`);
}

/** Layers that run here: pointers to this environment's own numpy and pandas, of the same versions. */
function layersOfThisMachine(folder, python) {
  const site = spawnSync(python, ['-c', 'import sysconfig; print(sysconfig.get_path("platlib"))'], { encoding: 'utf8' }).stdout.trim();
  for (const name of ['numpy', 'pandas']) {
    fs.mkdirSync(path.join(folder, 'layers', name, 'python'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'layers', name, 'python', 'here.pth'), `${site}\n`);
  }
  return path.join(folder, 'layers');
}

/** The runner writes a snapshot anew after each deployment, with a time stamp in it: without --update, those of git come back. */
function keepSnapshots(folder) {
  const kept = path.join(folder, 'snapshots');
  const names = fs.readdirSync(__dirname).filter((name) => name.endsWith('.snapshot'));
  for (const name of names) fs.cpSync(path.join(__dirname, name), path.join(kept, name), { recursive: true });
  return () => {
    for (const name of names) {
      fs.rmSync(path.join(__dirname, name), { recursive: true, force: true });
      fs.cpSync(path.join(kept, name), path.join(__dirname, name), { recursive: true });
    }
  };
}

/** Where in the source each construct was made is full of this machine's paths, and no part of what is compared. */
function dropStackTraces() {
  for (const entry of fs.readdirSync(__dirname, { recursive: true }).map(String).filter((name) => name.endsWith('.metadata.json'))) {
    const file = path.join(__dirname, entry);
    const kept = Object.entries(JSON.parse(fs.readFileSync(file, 'utf8')))
      .map(([construct, entries]) => [construct, entries.filter(({ type }) => type !== 'aws:cdk:creationStack').map(({ trace, ...rest }) => rest)]);
    fs.writeFileSync(file, `${JSON.stringify(Object.fromEntries(kept), undefined, 2)}\n`);
  }
}

async function main() {
  const update = process.argv.includes('--update');
  const python = ensurePython('dev');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-integ-'));
  const { server, lake } = await startServer(folder, python);
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: lake.endpoint,
    AWS_ACCESS_KEY_ID: lake.access_key,
    AWS_SECRET_ACCESS_KEY: lake.secret_key,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    // Types are checked by the linter's turn, once, not at each synthesis.
    TS_NODE_TRANSPILE_ONLY: 'true',
    LAKE_LAYERS_DIRECTORY: layersOfThisMachine(folder, python),
  };
  const run = (script, ...args) => spawnSync(process.execPath, [path.join(ROOT, 'node_modules', script), ...args], { cwd: ROOT, env, stdio: 'inherit' }).status;
  const runner = (...args) => run('@aws-cdk/integ-runner/bin/integ-runner', '--directory', 'integ', '--language', 'typescript', '--parallel-regions', REGION, ...args);
  let passed = false;
  try {
    if (!update && runner() !== 0) return 1;
    if (run('aws-cdk/bin/cdk', 'bootstrap', `aws://${ACCOUNT}/${REGION}`, '--progress', 'bar', '--ci') !== 0) return 1;
    const restore = update ? dropStackTraces : keepSnapshots(folder);
    try {
      passed = runner('--force', '--update-on-failed', '--disable-update-workflow') === 0;
    } finally {
      restore();
    }
    return passed ? 0 : 1;
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.on('exit', resolve));
    if (passed) fs.rmSync(folder, { recursive: true, force: true });
    else process.stderr.write(`what the embedded cloud logged: ${path.join(folder, 'server.log')}\n`);
  }
}

main().then((status) => process.exit(status), (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
