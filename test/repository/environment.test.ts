import * as fs from 'fs';
import * as path from 'path';

const ROOT = path.resolve(__dirname, '..', '..');
const SKIPPED = /^(node_modules|lib|dist|coverage|cdk\.out|no-built-layers|\..+|.+\.snapshot|cdk-integ\.out\..+|__pycache__)$/;
const COMPILED = ['examples/olist/app.js', 'examples/olist/tables.js'];

/** Returns the files in the repository's folders that match a pattern, without what is installed or built. */
function files(pattern: RegExp, folder = ''): string[] {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).filter(({ name }) => !SKIPPED.test(name)).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return files(pattern, name);
    return pattern.test(name) && !COMPILED.includes(name) ? [name] : [];
  });
}

const read = (name: string) => fs.readFileSync(path.join(ROOT, name), 'utf8');

/** Begin with LAKE_, but are marks of what a job prints at its end. */
const NO_VARIABLES = ['LAKE_RESULT', 'LAKE_METRICS'];

/** Returns the `LAKE_*` environment variables that a source file names. */
function variables(source: string): string[] {
  return [...source.matchAll(/\bLAKE_[A-Z]+(?:_[A-Z]+)*\b/g)].map(([name]) => name).filter((name) => !NO_VARIABLES.includes(name));
}

describe('environment variables', () => {
  const sources = files(/\.(py|ts|js|mjs)$|^bin\/wheel\/lake$/).filter((name) => !name.startsWith('test/repository/'));
  const used = new Set(sources.flatMap((name) => variables(read(name))));
  const documented = new Set([...read('CONTRIBUTING.md').matchAll(/^\| `(LAKE_[A-Z_]+)` \|/gm)].map(([, name]) => name));

  test('each that the code reads is documented in CONTRIBUTING.md', () => {
    expect([...used].filter((name) => !documented.has(name)).sort()).toEqual([]);
  });

  test('each that CONTRIBUTING.md documents is read by the code', () => {
    expect([...documented].filter((name) => !used.has(name)).sort()).toEqual([]);
  });
});

test('every JavaScript file is type-checked', () => {
  const scripts = files(/\.(js|mjs)$/);
  expect(scripts).toContain('bin/dev.js');
  expect(scripts.filter((name) => !/^(#!.*\n)?\/\/ @ts-check\n/.test(read(name)))).toEqual([]);
});
