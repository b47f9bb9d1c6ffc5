// @ts-check
// `npm run soak` and `npm run matrix`: the tests that are too long for `npm test`. A scheduled workflow runs them.
'use strict';
const { spawnSync } = require('node:child_process');
const { ENVIRONMENT } = require('./checks.js');
const { ensureNodeModules } = require('./node-modules.js');
const { PACKAGE_ROOT, ensurePython } = require('../python-env.js');

const SOAK = `Usage: npm run soak -- [ARGUMENTS OF PYTEST]

Runs the tests that are too long for npm test: those that are marked with pytest.mark.soak. -k NAME chooses among them.
`;
const MATRIX = `Usage: npm run matrix -- [ARGUMENTS OF PYTEST]

Tries all of docs/access-matrix.md on a lake: npm test tries a hundred cases of it. -k WORDS chooses among them, such as -k 'analyst and query'.
`;

/**
 * @param {string} help
 * @param {string[]} command the arguments of pytest
 * @param {string[]} args the user's
 * @param {Record<string, string>} [environment]
 * @returns {number} the exit code
 */
function pytest(help, command, args, environment) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    return 0;
  }
  ensureNodeModules();
  const env = { ...process.env, ...ENVIRONMENT, ...environment };
  return spawnSync(ensurePython('dev'), ['-m', 'pytest', ...command, ...args], { cwd: PACKAGE_ROOT, stdio: 'inherit', env }).status ?? 1;
}

/** @param {string[]} args */
const soak = (args) => pytest(SOAK, ['-m', 'soak', '--durations=10'], args);

/** @param {string[]} args */
const matrix = (args) => pytest(MATRIX, ['-q', 'local/tests/test_personas.py'], args, { LAKE_MATRIX: 'all' });

module.exports = { matrix, soak };
