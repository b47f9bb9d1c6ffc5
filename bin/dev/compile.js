// @ts-check
// Compiles the library into `lib`: jsii for every language, then imports that load what they name when it is first used.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { lazyImports, lazyIndex, withoutSourceMap } = require('./lazy-imports.js');

const ROOT = path.resolve(__dirname, '..', '..');
const LIB = path.join(ROOT, 'lib');

/** @param {string} folder @returns {string[]} */
const scripts = (folder) => fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js')).map((name) => path.join(folder, name));

const jsii = path.join(ROOT, 'node_modules', 'jsii', 'bin', 'jsii');
const { status } = spawnSync(process.execPath, [jsii, '--silence-warnings=reserved-word'], { cwd: ROOT, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const files = scripts(LIB);
const index = path.join(LIB, 'index.js');
// Modules are asked for what they export before any of them is changed.
const texts = new Map(files.map((file) => {
  const text = fs.readFileSync(file, 'utf8');
  return [file, lazyImports(file === index ? lazyIndex(text, (module) => Object.keys(require(path.join(LIB, module)))) : text)];
}));
for (const [file, text] of texts) fs.writeFileSync(file, withoutSourceMap(text));
