// @ts-check
// `npm test -- --changed`: which checks, and which tests of a check, the changed files can affect.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { SERVICES } = require('./checks.js');
const { PACKAGE_ROOT, UserError } = require('../python-env.js');

/** @typedef {import('./checks.js').Check} Check */

const PYTHON = /\.py$|^pyproject\.toml$|^local\/requirements.*\.lock$/;
const SCRIPTS = /\.(ts|js|mjs)$|^bin\/lake$|^package(-lock)?\.json$|^tsconfig.*\.json$|^\.eslintrc\.json$/;
const LIBRARY = /^src\/|^package\.json$/;
const LAKE = /^((src|glue-assets|lambda|lambda-layers)\/|bin\/dev\/typescript\.js$)/;

/** The files that make a check run. A check that is not in this list runs always. @type {Record<string, RegExp>} */
const AFFECTED_BY = {
  ruff: PYTHON,
  format: PYTHON,
  mypy: PYTHON,
  eslint: SCRIPTS,
  types: SCRIPTS,
  jsii: LIBRARY,
  api: /^(src|test\/api)\/|^API\.md$/,
  snapshots: new RegExp(`${LAKE.source}|^integ/`),
  integ: new RegExp(`${LAKE.source}|^integ/|^local/lake_local/`),
};

const PACKED = /^(bin|test\/package|lambda-layers)\/|^\.npmignore$|^package\.json$/;
for (const name of ['contents', 'languages', 'demo']) AFFECTED_BY[`package-${name}`] = PACKED;
AFFECTED_BY['package-readme'] = new RegExp(`${PACKED.source}|^README\\.md$`);

/** What both languages agree on, and the Python tests that compare it with their side; jest sees it as a file that its own test reads. */
const CONTRACT = 'test/contract/lake-contract.json';
const CONTRACT_TESTS = ['local/tests/test_contract.py', 'glue-assets/tests/test_contract.py', 'lambda/csv_to_next_zone/tests/test_contract.py'];

/** The folders whose Python tests each check runs. @type {Record<string, RegExp>} */
const PYTEST = {
  'pytest-local': new RegExp(`^local/(?!${SERVICES.map((name) => name.slice('local/'.length)).join('|')})`),
  'pytest-services': new RegExp(`^(${SERVICES.join('|')})`),
  'pytest-jobs': /^(glue-assets|lambda|examples)\//,
};

/** @param {...string} args */
function git(...args) {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: PACKAGE_ROOT, encoding: 'utf8' });
  if (status !== 0) throw new UserError(`git ${args.join(' ')} failed: ${stderr.trim()}`);
  return stdout.split('\n').filter(Boolean);
}

/**
 * Returns the files that differ from a commit, in commits or not yet in one.
 * @param {string} [since] a commit; by default the one where this branch left main
 */
function changedFiles(since) {
  const [base] = since === undefined ? git('merge-base', 'HEAD', 'main') : git('rev-parse', '--verify', `${since}^{commit}`);
  return [...new Set([...git('diff', '--name-only', base), ...git('ls-files', '--others', '--exclude-standard')])].sort();
}

/**
 * Returns the Python tests that import a changed file, directly or through others.
 * @param {string} python
 * @param {string[]} files
 */
function pythonTests(python, files) {
  const { status, stdout, stderr } = spawnSync(python, [path.join(__dirname, 'affected_tests.py'), ...files], { cwd: PACKAGE_ROOT, encoding: 'utf8' });
  if (status !== 0) throw new UserError(`the imports of the Python tests cannot be read:\n${stderr.trim()}`);
  return stdout.split('\n').filter(Boolean);
}

/**
 * Returns a check as it runs on these changes, or nothing if they cannot affect it.
 * @param {Check} check
 * @param {string[]} files
 * @param {string[]} tests Python tests
 * @returns {Check[]}
 */
function narrow(check, files, tests) {
  const [command, args] = check.command;
  if (check.name in PYTEST) {
    const all = files.includes(CONTRACT) ? [...new Set([...tests, ...CONTRACT_TESTS])] : tests;
    const mine = all.filter((name) => PYTEST[check.name].test(name));
    const whole = args.slice(0, args.indexOf('-q') + 1);
    return mine.length ? [{ ...check, command: [command, [...whole, ...mine]] }] : [];
  }
  if (check.name === 'jest' || check.name === 'flags') {
    // What jest cannot see from imports: assets that the templates contain by their hash, and files that a test reads.
    const whole = files.some((name) => /^(glue-assets|lambda|integ|bin|local\/lake_local|test\/contract)\/|^package\.json$|\.md$/.test(name));
    const related = files.filter((name) => /^(src|test)\/.*\.ts$/.test(name));
    if (whole && check.name === 'jest') return [check];
    return related.length ? [{ ...check, command: [command, [...args, '--passWithNoTests', '--findRelatedTests', ...related]] }] : [];
  }
  const pattern = AFFECTED_BY[check.name];
  return !pattern || files.some((name) => pattern.test(name)) ? [check] : [];
}

/**
 * Returns the checks that the changes can affect, each narrowed to the tests that they can affect.
 * @param {Check[]} checks
 * @param {string} python
 * @param {string} [since]
 * @returns {Check[]}
 */
function affected(checks, python, since) {
  const files = changedFiles(since);
  const tests = pythonTests(python, files);
  const chosen = checks.flatMap((check) => narrow(check, files, tests));
  const names = new Set(chosen.map(({ name }) => name));
  // What a chosen check needs runs, too, and what that needs.
  const needed = new Set(names);
  for (const name of needed) for (const need of checks.find((check) => check.name === name)?.needs ?? []) needed.add(need);
  const all = checks.flatMap((check) => {
    if (names.has(check.name)) return chosen.filter(({ name }) => name === check.name);
    return needed.has(check.name) ? [check] : [];
  });
  process.stderr.write(`${files.length} changed files: ${all.map(({ name }) => name).join(', ') || 'no check is affected'}\n`);
  return all;
}

module.exports = { affected, changedFiles, narrow };
