// @ts-check
// Runs once, before the tests of what users install: makes the packages, as a release does, of what the check jsii has compiled.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');

module.exports = () => {
  const { status } = spawnSync(process.execPath, [path.join(__dirname, '..', '..', 'bin', 'package.js'), '--reuse-compiled'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('npm run package failed: see above');
};
