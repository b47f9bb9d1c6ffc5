// @ts-check
// Runs once, before the tests of what users install: makes the packages, as a release does.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');

module.exports = () => {
  const { status } = spawnSync(process.execPath, [path.join(__dirname, '..', '..', 'bin', 'package.js')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('npm run package failed: see above');
};
