// Runs app.ts: in a checkout as it stands, on the library's source; in the installed package, which has no source, as it was compiled.
'use strict';
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const source = path.join(__dirname, '..', '..', 'src', 'index.ts');
if (fs.existsSync(source)) {
  require('ts-node/register/transpile-only');
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (request, ...rest) => (request === 'cdk-datalake-accelerator' ? source : resolve(request, ...rest));
  require('./app.ts');
} else {
  require('./app.js');
}
