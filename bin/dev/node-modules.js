// @ts-check
'use strict';
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { PACKAGE_ROOT, UserError } = require('../python-env.js');

/** Runs `npm ci` unless node_modules already holds what package-lock.json lists. */
function ensureNodeModules() {
  const digest = createHash('sha256').update(fs.readFileSync(path.join(PACKAGE_ROOT, 'package-lock.json'))).digest('hex');
  const marker = path.join(PACKAGE_ROOT, 'node_modules', '.lock-digest');
  if (fs.existsSync(marker) && fs.readFileSync(marker, 'utf8') === digest) return;
  process.stderr.write('installing the Node packages of package-lock.json (once, under a minute)\n');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: PACKAGE_ROOT, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32',
  });
  if (npm.status !== 0) throw new UserError('npm ci failed: see above');
  fs.writeFileSync(marker, digest);
}

module.exports = { ensureNodeModules };
