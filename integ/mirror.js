// @ts-check
// A copy of the integration tests without their snapshots, beside links to all that they import. What integ-runner writes as it deploys stays out of
// the repository, whose snapshots other checks read at the same time; and without a snapshot, it deploys without verifying it first.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const SUFFIX = '.ts.snapshot';

/** @param {string} root the folder of a repository, with its tests in integ/ */
function mirror(root) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'lake-integ-tests-')));
  for (const name of fs.readdirSync(root).filter((entry) => !['integ', '.git'].includes(entry))) {
    fs.symlinkSync(path.join(root, name), path.join(folder, name), 'junction');
  }
  const isSource = (/** @type {string} */ name) => !name.endsWith(SUFFIX) && !name.startsWith('cdk-integ.out');
  for (const name of fs.readdirSync(path.join(root, 'integ')).filter(isSource)) {
    fs.cpSync(path.join(root, 'integ', name), path.join(folder, 'integ', name), { recursive: true });
  }
  return {
    folder,
    /**
     * Replaces the repository's snapshots of some tests by those that were written here.
     * @param {string[]} tests
     */
    bringBack(tests) {
      for (const name of tests.map((test) => `${test}${SUFFIX}`)) {
        fs.rmSync(path.join(root, 'integ', name), { recursive: true, force: true });
        fs.cpSync(path.join(folder, 'integ', name), path.join(root, 'integ', name), { recursive: true });
      }
    },
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

module.exports = { mirror };
