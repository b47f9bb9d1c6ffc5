// @ts-check
// Runs the integration tests: `npm run integ`. Lakes that integ-runner deploys, asserts on and destroys.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { start } = require('./embedded-cloud.js');
const { mirror } = require('./mirror.js');
const snapshots = require('./snapshots.js');
const { UserError, ensurePython } = require('../bin/python-env.js');

const ROOT = path.resolve(__dirname, '..');
const ACCOUNT = '000000000000';
const HELP = `Usage: npm run integ -- [options] [TEST...]

Verifies the snapshot of every integration test, then deploys each lake, asserts on data that moves through it, and destroys it: in the
embedded cloud, or with --profile in an account of yours. A test is named as its file: integ.default-lake, or default-lake.

  --snapshots       only verify the snapshots: nothing is deployed, nothing is written
  --deploy          only deploy, assert and destroy
  --update          write the snapshots anew, of the lakes that passed
  --profile NAME    deploy to AWS with this profile of the AWS CLI, instead of the embedded cloud
  --region NAME     where (default: with --profile AWS_REGION or the profile's region, else us-east-1)
  --list            list the tests
  --help            this text

Exit code: 0 all passed, 1 something failed, 2 wrong use.
`;

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/** @typedef {ReturnType<typeof parse>} Options */

/** @param {string[]} args */
function parse(args) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        snapshots: { type: 'boolean', default: false },
        deploy: { type: 'boolean', default: false },
        update: { type: 'boolean', default: false },
        profile: { type: 'string' },
        region: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UserError(`${messageOf(error).replace(/\. To specify.*/, '')}: see npm run integ -- --help`);
  }
  const { values, positionals } = parsed;
  if (values.snapshots && (values.update || values.profile || values.deploy)) throw new UserError('--snapshots only verifies: leave --deploy, --update and --profile out');
  if (values.update && values.profile) throw new UserError('snapshots are written from the embedded cloud: leave --profile or --update out');
  const all = snapshots.tests();
  const chosen = positionals.map((given) => {
    const name = `integ.${given.replace(/^integ[./\\]/, '').replace(/^integ\./, '').replace(/\.ts$/, '')}`;
    if (!all.includes(name)) throw new UserError(`there is no integration test '${given}': choose from ${all.map((one) => one.slice(6)).join(', ')}`);
    return name;
  });
  return { ...values, tests: chosen.length ? chosen : all, all };
}

/**
 * Makes layers that run on this machine and returns their folder: pointers to the numpy and pandas of the Python environment, which have the same
 * versions. Snapshots need the files only, so `python` can be left out.
 * @param {string} folder
 * @param {string} [python]
 */
function layersOfThisMachine(folder, python) {
  const site = python ? spawnSync(python, ['-c', 'import sysconfig; print(sysconfig.get_path("platlib"))'], { encoding: 'utf8' }).stdout.trim() : '';
  for (const name of ['numpy', 'pandas']) {
    fs.mkdirSync(path.join(folder, 'layers', name, 'python'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'layers', name, 'python', 'here.pth'), `${site}\n`);
  }
  return path.join(folder, 'layers');
}

/** @type {(root: string, env: NodeJS.ProcessEnv, tests: string[], ...args: string[]) => number | null} */
function runner(root, env, tests, ...args) {
  // Before the options: those that take lists would take the tests, too.
  return spawnSync(process.execPath, [
    path.join(ROOT, 'node_modules/@aws-cdk/integ-runner/bin/integ-runner'), ...tests.map((name) => `${name}.ts`), '--strict', '--directory', 'integ', ...args,
    '--language', 'typescript', '--app', 'node -r ./bin/dev/typescript.js {filePath}',
  ], { cwd: root, env, stdio: 'inherit' }).status;
}

/**
 * Deploys, asserts, destroys. Returns the exit code. With --update, the snapshots become those of what was deployed, if all passed.
 * @param {NodeJS.ProcessEnv} env
 * @param {Options} options
 * @param {string} region
 * @param {...string} args
 */
function deploy(env, { tests, update }, region, ...args) {
  const copy = mirror(ROOT);
  try {
    process.stderr.write('Deployed without looking at the snapshots: integ-runner calls each test NEW first, and its snapshot failed.\n');
    const status = runner(copy.folder, env, tests, '--force', '--update-on-failed', '--no-update-workflow', '--verbose', ...region ? ['--parallel-regions', region] : [], ...args);
    if (status !== 0) return 1;
    if (update) {
      copy.bringBack(tests);
      snapshots.normalize();
    }
    return 0;
  } finally {
    copy.remove();
  }
}

/**
 * Returns whether each snapshot is what its source synthesizes: those of all tests, whichever are deployed. Writes nothing.
 * @param {NodeJS.ProcessEnv} env
 * @param {Options} options
 */
function verify(env, options) {
  const findings = snapshots.incomplete();
  for (const finding of findings) process.stderr.write(`${finding}\n`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-snapshots-'));
  try {
    const status = runner(ROOT, { ...env, LAKE_LAYERS_DIRECTORY: layersOfThisMachine(folder) }, options.snapshots ? options.tests : options.all, '--parallel-regions', 'us-east-1');
    if (status === 0 && !findings.length) return true;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  process.stderr.write('a snapshot differs from what the source synthesizes: see above. If the change is intended, run npm run integ -- --update\n');
  return false;
}

/**
 * @param {Options} options
 * @param {NodeJS.ProcessEnv} env
 */
async function inEmbeddedCloud(options, env) {
  const region = options.region ?? 'us-east-1';
  const python = ensurePython('dev');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-integ-'));
  const cloud = await start(folder, python, region);
  let status = 1;
  try {
    const local = { ...env, ...cloud.env, LAKE_LAYERS_DIRECTORY: layersOfThisMachine(folder, python) };
    const bootstrap = spawnSync(process.execPath, [path.join(ROOT, 'node_modules/aws-cdk/bin/cdk'), 'bootstrap', `aws://${ACCOUNT}/${region}`], {
      cwd: folder, env: local, encoding: 'utf8',
    });
    if (bootstrap.status !== 0) throw new Error(`cdk bootstrap of the embedded cloud failed:\n${bootstrap.stderr}`);
    status = deploy(local, options, region);
    return status;
  } finally {
    await cloud.stop();
    if (status === 0) fs.rmSync(folder, { recursive: true, force: true });
    else process.stderr.write(`log of the embedded cloud: ${cloud.log}\n`);
  }
}

/**
 * Returns the region of a profile of the AWS CLI; throws an error if there is no such profile.
 * @param {string} profile
 */
function regionOf(profile) {
  /** @type {(variable: string, name: string) => string} */
  const file = (variable, name) => process.env[variable] ?? path.join(os.homedir(), '.aws', name);
  const sections = [file('AWS_CONFIG_FILE', 'config'), file('AWS_SHARED_CREDENTIALS_FILE', 'credentials')]
    .flatMap((name) => (fs.existsSync(name) ? fs.readFileSync(name, 'utf8').split(/^\s*(?=\[)/m) : []))
    .filter((section) => new RegExp(`^\\[\\s*(profile\\s+)?${profile.replace(/[^\w-]/g, '\\$&')}\\s*\\]`).test(section));
  if (!sections.length) throw new UserError(`there is no profile '${profile}' in ${file('AWS_CONFIG_FILE', 'config')} or ${file('AWS_SHARED_CREDENTIALS_FILE', 'credentials')}: aws configure --profile ${profile}`);
  const found = sections.map((section) => /^\s*region\s*=\s*(\S+)/m.exec(section)?.[1]).find(Boolean);
  return process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? found ?? 'us-east-1';
}

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const options = parse(args);
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.list) {
    process.stdout.write(`${options.all.join('\n')}\n`);
    return 0;
  }
  const env = process.env;
  if (!options.update && !options.deploy) {
    if (!verify(env, options)) return 1;
    if (options.snapshots) return 0;
  }
  if (options.profile) return deploy(env, options, options.region ?? regionOf(options.profile), '--profiles', options.profile);
  return inEmbeddedCloud(options, env);
}

main(process.argv.slice(2)).then((status) => process.exit(status), (error) => {
  process.stderr.write(`error: ${error.message}\n`);
  process.exit(error instanceof UserError ? 2 : 1);
});
