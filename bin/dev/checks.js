// @ts-check
// The checks of `npm test`.
'use strict';
const path = require('node:path');
const { PACKAGE_ROOT } = require('../python-env.js');

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string} about what it checks, for --help
 * @property {[string, string[]]} command
 * @property {Record<string, string>} [env]
 * @property {boolean} [counted] whether its output ends with the summary of jest or pytest
 * @property {string[]} [needs] checks that make what this one reads: they run first, also when this one alone is asked for
 * @property {string[]} [apart] checks that must not run at the same time, because this one changes files that they read
 */

/** The environment of every check. */
const ENVIRONMENT = {
  PYTHONPATH: path.join(PACKAGE_ROOT, 'local'),
  LAKE_PACKAGE_ROOT: PACKAGE_ROOT,
  // Hundreds of processes import the same modules: the first one keeps what it compiles.
  PYTHONDONTWRITEBYTECODE: '',
  // Node 20 is the oldest that the library supports; the compilers' advice to leave it is no finding.
  JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1',
};

/** @type {(script: string, ...args: string[]) => [string, string[]]} */
const node = (script, ...args) => [process.execPath, [path.join(PACKAGE_ROOT, script), ...args]];

/** @type {(...args: string[]) => [string, string[]]} */
const runJest = (...args) => node('node_modules/jest/bin/jest.js', '--ci', '--coverage=false', ...args);

/** @type {(name: string, about: string) => Check} a check of what package-contents made */
const installed = (name, about) => ({
  name: `package-${name}`, about, counted: true, needs: ['package-contents'], command: runJest('--runInBand', `test/package/${name}`),
});

/** The half of the tests of the embedded cloud that runs beside the other. */
const SERVICES = ['athena', 'glue', 'reliability', 'tables', 'warehouse', 'test_erase.py', 'test_iam.py', 'test_objects.py', 'test_personas.py'].map((name) => `local/tests/${name}`);

/** @param {string} folders of test/ that another check runs, as a pattern */
const except = (folders) => ['--testPathIgnorePatterns', '/node_modules/', `<rootDir>/test/(${folders})/`];

/**
 * Returns the checks in the order in which they start: the longest first, so that the lanes end at about the same time.
 * @param {string} python the interpreter of the development environment
 * @returns {Check[]}
 */
function checks(python) {
  /** @type {(...args: string[]) => [string, string[]]} */
  const py = (...args) => [python, ['-m', ...args]];
  return [
    { name: 'ruff', about: 'Python: lint and complexity', command: py('ruff', 'check', '--quiet', '.') },
    { name: 'format', about: 'Python: the one shape of ruff format', command: py('ruff', 'format', '--check', '--quiet', '.') },
    { name: 'jsii', about: 'the library compiles for every language', command: node('bin/dev/compile.js') },
    { name: 'pytest-local', about: 'the embedded cloud and the lake command', command: py('pytest', '-q', 'local/tests', ...SERVICES.map((name) => `--ignore=${name}`)), counted: true },
    {
      name: 'package-contents',
      about: 'what users install is made as a release does, with all that it needs and no more',
      counted: true,
      needs: ['jsii'],
      apart: ['api'],
      command: runJest('--runInBand', '--globalSetup', '<rootDir>/test/package/global-setup.js', 'test/package/contents'),
    },
    { name: 'pytest-jobs', about: 'jobs, functions and the example', command: py('pytest', '-q', 'glue-assets', 'lambda', 'examples'), counted: true },
    installed('readme', 'every command of the README, in an empty folder'),
    installed('languages', 'the same lake from TypeScript, JavaScript, Python and Java'),
    installed('demo', 'the demo of nothing but one package'),
    {
      name: 'integ',
      about: 'lakes deployed into the embedded cloud, asserted on and destroyed',
      command: node('integ/run.js', '--deploy'),
    },
    { name: 'pytest-services', about: 'Athena, Glue, Redshift, IAM and S3 of the embedded cloud, and its reliability', command: py('pytest', '-q', ...SERVICES), counted: true },
    {
      name: 'jest',
      about: 'the constructs',
      counted: true,
      env: { LAKE_TEST_FLAGS: 'none' },
      command: runJest(...except('api|package')),
    },
    {
      // The same library in an app as `cdk init` makes it.
      name: 'flags',
      about: 'the constructs, with every feature flag that the CDK recommends',
      counted: true,
      env: { LAKE_TEST_FLAGS: 'recommended' },
      command: runJest('--silent', ...except('api|integ|package|repository|upgrade')),
    },
    {
      name: 'eslint',
      about: 'TypeScript and JavaScript: lint and complexity',
      env: { ESLINT_USE_FLAT_CONFIG: 'false', NODE_NO_WARNINGS: '1' },
      command: node('node_modules/eslint/bin/eslint.js', '--ext', '.ts,.js,.mjs', '.', '.projenrc.ts'),
    },
    { name: 'types', about: 'TypeScript and JavaScript: types', command: node('node_modules/typescript/bin/tsc', '--project', 'tsconfig.check.json') },
    { name: 'mypy', about: 'Python: types', command: py('mypy') },
    { name: 'snapshots', about: 'the templates of the integration tests', command: node('integ/run.js', '--snapshots') },
    { name: 'api', about: 'API.md, and documentation on every exported member', command: runJest('test/api'), counted: true, needs: ['jsii'] },
  ];
}

module.exports = { ENVIRONMENT, SERVICES, checks };
