// Makes what users install: the npm tarball, the Python wheel and the Maven jar.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..');
process.exit(spawnSync(process.execPath, [path.join(ROOT, 'node_modules/projen/bin/projen'), 'package-all'], { cwd: ROOT, stdio: 'inherit' }).status ?? 1);
