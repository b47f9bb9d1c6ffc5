// @ts-check
// The commands of a clone: `npm test`, and `npm run` soak, matrix, demo, integ, bench and package. They start in a fresh clone, before anything is installed:
// only Node's own modules are used here, and everything else is installed before its first use.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { matrix, soak } = require('./dev/long-tests.js');
const { ensureNodeModules } = require('./dev/node-modules.js');
const { test } = require('./dev/test.js');
const { PACKAGE_ROOT, UserError } = require('./python-env.js');

/**
 * Installs the Node packages, then runs another script of this repository.
 * @param {string} script its path in the repository
 * @param {string[]} args
 */
function run(script, args) {
  ensureNodeModules();
  return spawnSync(process.execPath, [path.join(PACKAGE_ROOT, script), ...args], { cwd: PACKAGE_ROOT, stdio: 'inherit' }).status ?? 1;
}

/** @type {Record<string, (args: string[]) => number | Promise<number>>} */
const COMMANDS = {
  test,
  soak,
  matrix,
  demo: (args) => run('bin/lake', ['demo', ...args]),
  integ: (args) => run('integ/run.js', args),
  bench: (args) => run('bench/run.js', args),
  package: (args) => run('bin/package.js', args),
};

/** @param {string[]} args */
async function main([command = '', ...args]) {
  if (!Object.hasOwn(COMMANDS, command)) throw new UserError(`unknown command '${command}': choose from ${Object.keys(COMMANDS).join(', ')}`);
  return COMMANDS[command](args);
}

main(process.argv.slice(2)).then((status) => process.exit(status), (error) => {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exit(2);
});
