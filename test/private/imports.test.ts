import * as fs from 'fs';
import * as path from 'path';

const SRC = path.resolve(__dirname, '..', '..', 'src');
const FILES = (fs.readdirSync(SRC, { recursive: true, encoding: 'utf8' })).filter((file) => file.endsWith('.ts')).map((file) => file.split(path.sep).join('/'));

/** Returns the files of the library that a file imports. */
function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/from '(\.[^']*)'/g)].map(([, from]) => path.posix.join(path.posix.dirname(file), from) + '.ts');
}

/** Returns what is wrong with the imports of a file: a folder `private/` is for those above it, and knows nothing of them. */
function faults(file: string, text: string): string[] {
  return importsOf(file, text).flatMap((imported) => {
    const above = path.posix.dirname(file).endsWith('private') && !/(^|\/)private\//.test(imported);
    const elsewhere = /^(.*\/)?private\//.exec(imported)?.[1] ?? '';
    const foreign = /(^|\/)private\//.test(imported) && !file.startsWith(elsewhere);
    return [
      ...above ? [`${file} imports ${imported}, which is above it`] : [],
      ...foreign ? [`${file} imports ${imported}, which is private to ${elsewhere}`] : [],
    ];
  });
}

test('private folders import nothing from above, and are imported by the folder that has them only', () => {
  expect(FILES.length).toBeGreaterThan(40);
  expect(FILES.flatMap((file) => faults(file, fs.readFileSync(path.join(SRC, file), 'utf8')))).toEqual([]);
});

test.each([
  ['private/paths.ts', "import { X } from '../zone/layout';", ['private/paths.ts imports zone/layout.ts, which is above it']],
  ['catalog/private/x.ts', "import { X } from '../etl-job';", ['catalog/private/x.ts imports catalog/etl-job.ts, which is above it']],
  ['curation/x.ts', "import { X } from '../catalog/private/compact';", ['curation/x.ts imports catalog/private/compact.ts, which is private to catalog/']],
  ['catalog/private/x.ts', "import { X } from '../../private/nag';", []],
  ['catalog/x.ts', "import { X } from './private/compact';", []],
])('in %s: %s', (file, text, expected) => {
  expect(faults(file, text)).toEqual(expected);
});

test('no more than four private files in catalog/', () => {
  expect(FILES.filter((file) => file.startsWith('catalog/private/')).length).toBeLessThanOrEqual(4);
});
