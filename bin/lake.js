// @ts-check
// `lake`, the command of the embedded cloud: installs its Python environment on first use, then runs in it.
'use strict';
const { spawn } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { PACKAGE_ROOT, UserError, cacheHome, ensurePython } = require('./python-env.js');

/** @type {string} */
let python;
try {
  python = ensurePython('runtime');
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`lake: ${error.message}\n`);
  process.exit(2);
}
const child = spawn(python, ['-m', 'lake_local', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: {
    ...process.env,
    PYTHONPATH: [path.join(PACKAGE_ROOT, 'local'), process.env.PYTHONPATH].filter(Boolean).join(path.delimiter),
    PYTHONDONTWRITEBYTECODE: process.env.PYTHONDONTWRITEBYTECODE ?? '',
    LAKE_PACKAGE_ROOT: PACKAGE_ROOT,
    LAKE_CACHE: cacheHome(),
  },
});
// Ctrl-C reaches the child through the terminal; a kill of this process is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => { process.stderr.write(`lake: ${error.message}\n`); process.exit(2); });
child.on('exit', (code, signal) => process.exit(signal ? 128 + (os.constants.signals[signal] ?? 0) : code ?? 1));
