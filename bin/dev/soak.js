// @ts-check
// `npm run soak`: the tests that are too long for `npm test`, those with the marker `soak`. A scheduled workflow runs them.
'use strict';
const { spawnSync } = require('node:child_process');
const { ENVIRONMENT } = require('./checks.js');
const { ensureNodeModules } = require('./node-modules.js');
const { PACKAGE_ROOT, ensurePython } = require('../python-env.js');

const HELP = `Usage: npm run soak -- [ARGUMENTS OF PYTEST]

Runs the tests that are too long for npm test: those that are marked with pytest.mark.soak. -k NAME chooses among them.
`;

/**
 * @param {string[]} args
 * @returns {number} the exit code
 */
function soak(args) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  ensureNodeModules();
  const command = ['-m', 'pytest', '-m', 'soak', '--durations=10', ...args];
  return spawnSync(ensurePython('dev'), command, { cwd: PACKAGE_ROOT, stdio: 'inherit', env: { ...process.env, ...ENVIRONMENT } }).status ?? 1;
}

module.exports = { soak };
