import { spawnSync } from 'child_process';
import * as fs from 'fs';
import { createRequire } from 'module';
import * as os from 'os';
import * as path from 'path';

const ROOT = path.resolve(__dirname, '..', '..');
interface LazyImports {
  lazyImports(text: string): string;
  lazyIndex(text: string, namesOf: (module: string) => string[]): string;
  withoutSourceMap(text: string): string;
}
const { lazyImports, lazyIndex, withoutSourceMap }: LazyImports =
  createRequire(__filename)(path.join(ROOT, 'bin', 'dev', 'lazy-imports.js'));

/** Runs a module as it is and with lazy imports; returns what it exports each time, and what it had loaded before it was asked anything. */
function compare(text: string, ask: (exported: any) => unknown): { plain: unknown; lazy: unknown; loadedBefore: string[] } {
  const run = (code: string) => {
    const loaded: string[] = [];
    const exported: any = {};
    const load = (name: string) => {
      loaded.push(name);
      return { A: class { public readonly name = name; }, value: name, call: (...args: unknown[]) => [name, ...args] };
    };
    new Function('exports', 'require', '__importStar', code)(exported, load, (module: unknown) => module);
    const loadedBefore = [...loaded];
    return { answer: ask(exported), loadedBefore };
  };
  const lazy = run(lazyImports(text));
  return { plain: run(text).answer, lazy: lazy.answer, loadedBefore: lazy.loadedBefore };
}

test.each<[string, string, (exported: any) => unknown, string[]]>([
  ['a class', 'const a_1 = require("a"); exports.f = () => new a_1.A("x").name;', ({ f }) => f(), []],
  ['a function', 'const a_1 = require("a"); exports.f = () => (0, a_1.call)(1);', ({ f }) => f(), []],
  ['a namespace', 'const a = __importStar(require("a")); exports.f = () => a.value;', ({ f }) => f(), []],
  ['a module that is loaded once', 'const a_1 = require("a"); exports.f = () => [a_1.A === a_1.A, a_1.value];', ({ f }) => f(), []],
  ['a class that is extended: needed at once', 'const a_1 = require("a"); exports.B = class extends a_1.A {};', ({ B }) => new B().name, ['a']],
  ['a name in a text', 'const a = require("a"); exports.f = () => ["a.value", `a.value ${a.value}`];', ({ f }) => f(), []],
  ['a name of a member', 'const a = require("a"); const o = { a: 1 }; exports.f = () => [o.a, { a: 2 }.a, a.value];', ({ f }) => f(), []],
  ['a name that stands for something else, too', 'const a = require("a"); exports.f = (a) => a.value;', ({ f }) => f({ value: 3 }), ['a']],
  ['a module that is handed on as a whole', 'const a = require("a"); exports.f = () => Object.keys(a).length;', ({ f }) => f(), ['a']],
  ['a module that is loaded for what it does', 'require("a"); exports.f = () => 1;', ({ f }) => f(), ['a']],
])('%s', (_, text, ask, loadedBefore) => {
  const found = compare(text, ask);

  expect(found.lazy).toEqual(found.plain);
  expect(found.loadedBefore).toEqual(loadedBefore);
});

test('twice is as once', () => {
  const once = lazyImports('const a_1 = require("a"); exports.f = () => new a_1.A();');

  expect(lazyImports(once)).toBe(once);
});

test.each([
  ['"use strict";\nexports.A = 1;\n//# sourceMappingURL=data:application/json;base64,eyJ9', '"use strict";\nexports.A = 1;\n'],
  ['exports.A = "//# sourceMappingURL=x";\n', 'exports.A = "//# sourceMappingURL=x";\n'],
])('a module has no source map: %j', (text, expected) => {
  expect(withoutSourceMap(text)).toBe(expected);
});

test('Node finds the names of an index for ES modules', () => {
  const index = '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n__exportStar(require("./a"), exports);\n';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-index-'));
  try {
    fs.writeFileSync(path.join(folder, 'a.js'), 'exports.A = 1;');
    fs.writeFileSync(path.join(folder, 'index.js'), lazyIndex(index, () => ['A']));
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', "import { A } from './index.js'; console.log(A);"], { cwd: folder, encoding: 'utf8' });

    expect({ stdout, stderr }).toEqual({ stdout: '1\n', stderr: '' });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('an index has its names before anything is loaded', () => {
  const loaded: string[] = [];
  const exported: any = {};
  const code = lazyIndex('__exportStar(require("./a"), exports);\n__exportStar(require("./b"), exports);', (module) => module === './a' ? ['A', 'B'] : ['C']);
  new Function('exports', 'require', code)(exported, (name: string) => {
    loaded.push(name);
    return { A: 1, B: 2, C: 3 };
  });

  expect(Object.keys(exported)).toEqual(['A', 'B', 'C']);
  expect(loaded).toEqual([]);
  expect([exported.A, exported.C]).toEqual([1, 3]);
  expect(loaded).toEqual(['./a', './b']);
});
