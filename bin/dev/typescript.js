// @ts-check
// `require('bin/dev/typescript.js')` lets Node load TypeScript, as `ts-node --transpile-only` does, but translates each content once: what the
// library's source becomes is kept in node_modules. To synthesize a lake on the source then takes a quarter of the processor time.
'use strict';
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..', '..');
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'lake-typescript');
const CONFIGURATION = path.join(ROOT, 'tsconfig.json');

// All that decides what a text becomes.
const SETTING = [__filename, CONFIGURATION, path.join(ROOT, 'node_modules', 'typescript', 'package.json')].map((file) => fs.readFileSync(file, 'utf8')).join('\n');

/**
 * @param {string} text
 * @param {string} fileName
 * @returns {string} JavaScript
 */
function translate(text, fileName) {
  // Loading the compiler takes longer than what it has to do: only when something has changed.
  /** @type {typeof import('typescript')} */
  const ts = require('typescript');
  const { config } = ts.parseConfigFileTextToJson(CONFIGURATION, fs.readFileSync(CONFIGURATION, 'utf8'));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const compilerOptions = { ...options, declaration: false, module: ts.ModuleKind.CommonJS, outDir: undefined, rootDir: undefined };
  const { diagnostics, outputText } = ts.transpileModule(text, { fileName, reportDiagnostics: true, compilerOptions });
  const [problem] = diagnostics ?? [];
  if (problem) throw new SyntaxError(`${fileName}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')}`);
  return outputText;
}

/**
 * Returns what a TypeScript file becomes. Its name counts, because the source map has it.
 * @param {string} file
 */
function javascriptOf(file) {
  const text = fs.readFileSync(file, 'utf8');
  const kept = path.join(CACHE, `${createHash('sha256').update([SETTING, path.basename(file), text].join('\0')).digest('hex')}.js`);
  try {
    return fs.readFileSync(kept, 'utf8');
  } catch {
    const made = translate(text, file);
    fs.mkdirSync(CACHE, { recursive: true });
    // In one step: another process may look for it now.
    fs.writeFileSync(`${kept}.${process.pid}`, made);
    fs.renameSync(`${kept}.${process.pid}`, kept);
    return made;
  }
}

// Lines in stack traces are those of the TypeScript.
process.setSourceMapsEnabled(true);
require.extensions['.ts'] = (/** @type {NodeModule} */ module, /** @type {string} */ file) => {
  /** @type {NodeModule & { _compile(code: string, file: string): void }} */ (module)._compile(javascriptOf(file), file);
};
