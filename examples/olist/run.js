// @ts-check
// Runs the example app: in a clone from its TypeScript, on the library's source; in the installed package, which has no source, as compiled.
'use strict';
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const source = path.join(__dirname, '..', '..', 'src', 'index.ts');
if (fs.existsSync(source)) {
  require(path.join(__dirname, '..', '..', 'bin', 'dev', 'typescript.js'));
  // Not in Node's types.
  const loader = /** @type {{ _resolveFilename(request: string, ...rest: unknown[]): string }} */ (/** @type {unknown} */ (Module));
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (request, ...rest) => (request === 'cdk-datalake-accelerator' ? source : resolve(request, ...rest));
  require(path.join(__dirname, 'app.ts'));
} else {
  require(path.join(__dirname, 'app.js'));
}
