import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const { SOURCES, isCompiled } = jest.requireActual<{ SOURCES: string[]; isCompiled(root: string): boolean }>('../../bin/package.js');

describe('npm run package -- --reuse-compiled', () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-compiled-'));
  /** Times of files in minutes. */
  const write = (times: Record<string, number>) => Object.entries(times).forEach(([name, minutes]) => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), '');
    fs.utimesSync(path.join(root, name), minutes * 60, minutes * 60);
    for (let folder = path.dirname(name); folder !== '.'; folder = path.dirname(folder)) fs.utimesSync(path.join(root, folder), 60, 60);
  });

  beforeEach(() => {
    fs.rmSync(root, { recursive: true, force: true });
    write({ ...Object.fromEntries(SOURCES.map((name) => [path.extname(name) ? name : `${name}/zone/zone.ts`, 2])), '.jsii': 3, 'lib/index.js': 4 });
  });
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

  test('takes what has been compiled since the last change', () => {
    expect(isCompiled(root)).toBe(true);
  });

  test.each<[string, () => void]>([
    ['a source has changed', () => write({ 'src/zone/zone.ts': 5 })],
    ['a source is new', () => write({ 'src/zone/new.ts': 5 })],
    ['a source is gone', () => {
      fs.rmSync(path.join(root, 'src/zone/zone.ts'));
    }],
    ['the README, which is in the package, has changed', () => write({ 'README.md': 5 })],
    ['nothing has been compiled', () => fs.rmSync(path.join(root, '.jsii'))],
    ['the compilation broke off', () => write({ 'lib/index.js': 1 })],
  ])('compiles again when %s', (_, change) => {
    change();
    expect(isCompiled(root)).toBe(false);
  });
});
