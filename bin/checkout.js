// What the README's commands do in a fresh clone, where nothing is installed yet: `npm test`, and `npm run` demo, integ and package.
// Only Node's own modules here; everything else is installed, with a word about it, before it is used.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { PACKAGE_ROOT, UserError, ensurePython } = require('./python-env.js');

const say = (text) => process.stderr.write(`${text}\n`);

/** `npm ci`, unless node_modules is what package-lock.json says. */
function ensureNodeModules() {
  const digest = createHash('sha256').update(fs.readFileSync(path.join(PACKAGE_ROOT, 'package-lock.json'))).digest('hex');
  const marker = path.join(PACKAGE_ROOT, 'node_modules', '.lock-digest');
  if (fs.existsSync(marker) && fs.readFileSync(marker, 'utf8') === digest) return;
  say('installing the Node packages of package-lock.json (once, under a minute)');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: PACKAGE_ROOT, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32',
  });
  if (npm.status !== 0) throw new UserError('npm ci failed: see above');
  fs.writeFileSync(marker, digest);
}

/** Runs a command to its end; its output goes through and is kept. */
function execute(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: PACKAGE_ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => { output += chunk; process.stdout.write(chunk); });
    }
    child.on('error', (error) => resolve({ status: 127, output: `${output}${error.message}` }));
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

/** Passed and failed of a jest or pytest run, from its own summary; a run that counted nothing is one failed check. */
function count(output, status) {
  const plain = output.replace(/\u001b\[[0-9;]*m/g, '');
  const summary = plain.split('\n').filter((line) => /^Tests: |^(=+ )?\d+ (passed|failed|errors?|skipped)\b.* in [\d.]+s/.test(line)).pop() ?? '';
  const number = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);
  const passed = number('passed');
  let failed = number('failed') + number('errors?');
  if (status !== 0 && failed === 0) failed = 1;
  if (status === 0 && passed === 0) failed = 1;
  return { passed, failed };
}

/** The checks of `npm test`, in order: quick ones first. */
function checks(python) {
  const node = (script, ...args) => [process.execPath, [path.join(PACKAGE_ROOT, 'node_modules', script), ...args]];
  const jest = (...args) => node('jest/bin/jest.js', '--ci', '--coverage=false', ...args);
  const py = (...args) => [python, ['-m', ...args]];
  return [
    { name: 'ruff', command: py('ruff', 'check', '--quiet', '.') },
    { name: 'eslint', command: node('eslint/bin/eslint.js', '--ext', '.ts', '--no-error-on-unmatched-pattern', 'src', 'test', 'integ', 'examples', '.projenrc.ts'), env: { ESLINT_USE_FLAT_CONFIG: 'false', NODE_NO_WARNINGS: '1' } },
    { name: 'jsii', command: node('jsii/bin/jsii', '--silence-warnings=reserved-word') },
    { name: 'jest', command: jest('--testPathIgnorePatterns', '/node_modules/', '<rootDir>/test/package/'), env: { LAKE_TEST_FLAGS: 'none' }, counted: true },
    // The same library in an app as `cdk init` makes it: with all feature flags that the CDK recommends. Their reports of annotations stay unprinted.
    { name: 'flags', command: jest('--silent', '--testPathIgnorePatterns', '/node_modules/', '<rootDir>/test/(package|upgrade)/'), env: { LAKE_TEST_FLAGS: 'recommended' }, counted: true },
    { name: 'pytest', command: py('pytest', '-q'), counted: true },
    { name: 'snapshots', command: [process.execPath, [path.join(PACKAGE_ROOT, 'integ', 'run.js'), '--snapshots']] },
    { name: 'integ', command: [process.execPath, [path.join(PACKAGE_ROOT, 'integ', 'run.js'), '--deploy']] },
    // What users install, made and installed as a release would: after jsii has compiled.
    { name: 'package', command: jest('--runInBand', '--globalSetup', '<rootDir>/test/package/global-setup.js', 'test/package'), counted: true },
  ];
}

async function test(only) {
  ensureNodeModules();
  const python = ensurePython('dev');
  const env = {
    PYTHONPATH: path.join(PACKAGE_ROOT, 'local'),
    LAKE_PACKAGE_ROOT: PACKAGE_ROOT,
    // Node 20 is what the library supports at least; the compilers' advice to leave it is not a finding.
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1',
  };
  const all = checks(python);
  const unknown = only.filter((name) => !all.some((check) => check.name === name));
  if (unknown.length) throw new UserError(`unknown check ${unknown.join(', ')}: choose from ${all.map((check) => check.name).join(', ')}`);
  const totals = { passed: 0, failed: 0 };
  const lines = [];
  for (const check of all.filter(({ name }) => only.length === 0 || only.includes(name))) {
    say(`\n── ${check.name} ${'─'.repeat(70 - check.name.length)}`);
    const started = Date.now();
    const { status, output } = await execute(check.command[0], check.command[1], { ...env, ...check.env });
    const result = check.counted ? count(output, status) : { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
    totals.passed += result.passed;
    totals.failed += result.failed;
    lines.push(`${result.failed ? 'FAILED' : 'ok    '} ${check.name.padEnd(9)} ${String(result.passed).padStart(5)} passed ${String(result.failed).padStart(3)} failed  ${Math.round((Date.now() - started) / 1000)} s`);
  }
  say(`\n${lines.join('\n')}`);
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`);
  return totals.failed ? 1 : 0;
}

/** Hands over to another script of this repository, once what it needs is installed. */
function handOver(script, args) {
  ensureNodeModules();
  return spawnSync(process.execPath, [path.join(PACKAGE_ROOT, ...script), ...args], { cwd: PACKAGE_ROOT, stdio: 'inherit' }).status ?? 1;
}

const COMMANDS = {
  test,
  demo: (args) => handOver(['bin', 'lake'], ['demo', ...args]),
  integ: (args) => handOver(['integ', 'run.js'], args),
  package: (args) => handOver(['bin', 'package.js'], args),
};

async function main([command, ...args]) {
  if (!Object.hasOwn(COMMANDS, command)) throw new UserError(`unknown command ${command}: ${Object.keys(COMMANDS).join(', ')}`);
  return COMMANDS[command](args);
}

main(process.argv.slice(2)).then((status) => process.exit(status), (error) => {
  if (!(error instanceof UserError)) throw error;
  say(`error: ${error.message}`);
  process.exit(2);
});
