import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const ROOT = path.resolve(__dirname, '..', '..');

interface Check {
  readonly name: string;
  readonly command: [string, string[]];
  readonly counted?: boolean;
  readonly needs?: string[];
  readonly apart?: string[];
}

const { checks } = jest.requireActual<{ checks(python: string): Check[] }>('../../bin/dev/checks.js');
const { choose } = jest.requireActual<{ choose(all: Check[], names: string[]): Check[] }>('../../bin/dev/test.js');
const { narrow } = jest.requireActual<{ narrow(check: Check, files: string[], tests: string[]): Check[] }>('../../bin/dev/affected.js');
const { count, runAll } = jest.requireActual<{
  count(output: string, status: number): { passed: number; failed: number };
  runAll(chosen: Check[], lanes: number): Promise<{ name: string; passed: number; failed: number }[]>;
}>('../../bin/dev/lanes.js');

const all = checks('python');
const names = (chosen: Check[]) => chosen.map(({ name }) => name);
const script = (name: string, source: string, more: Partial<Check> = {}): Check => ({ name, command: [process.execPath, ['-e', source]], ...more });

/** Runs checks; returns their results and what they printed. */
async function printed(chosen: Check[], lanes: number) {
  const lines: string[] = [];
  const out = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => Boolean(lines.push(String(chunk))));
  const error = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    return { results: await runAll(chosen, lanes), text: lines.join('') };
  } finally {
    out.mockRestore();
    error.mockRestore();
  }
}

describe('the summary of a run is counted', () => {
  test.each([
    ['jest', 'Tests:       1 failed, 2 skipped, 7 passed, 10 total\n', 1, { passed: 7, failed: 1 }],
    ['pytest', '748 passed, 1 skipped in 686.33s (0:11:26)\n', 0, { passed: 748, failed: 0 }],
    ['pytest with errors', '==== 1 failed, 3 passed, 2 errors in 1.20s ====\n', 1, { passed: 3, failed: 3 }],
    ['a crash after the tests', '3 passed in 1.2s\n', 1, { passed: 3, failed: 1 }],
    ['a run without tests', '', 0, { passed: 0, failed: 1 }],
  ])('%s', (_, output, status, expected) => {
    expect(count(output, status)).toEqual(expected);
  });
});

describe('checks are chosen', () => {
  test.each([
    [['eslint'], ['eslint']],
    [['pytest'], ['pytest-local', 'pytest-jobs', 'pytest-services']],
    [['api'], ['jsii', 'api']],
    [['package'], ['jsii', 'package-contents', 'package-readme', 'package-languages', 'package-demo']],
    [['package-demo'], ['jsii', 'package-contents', 'package-demo']],
  ])('%j', (given, expected) => {
    expect(names(choose(all, given))).toEqual(expected);
  });

  test('all, when none is named', () => expect(choose(all, [])).toEqual(all));

  test.each([
    [['nosuch'], /^error: unknown check 'nosuch': choose from ruff, /],
    [['--lanes', '0'], /^error: --lanes is '0': give a whole number/],
    [['--nosuch'], /^error: Unknown option '--nosuch': see npm test -- --help/],
  ])('%j is refused', (args, message) => {
    const { status, stderr } = spawnSync(process.execPath, ['bin/dev.js', 'test', ...args], { cwd: ROOT, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(message) });
  });
});

test.each([
  [['nosuch'], /^error: there is no section 'nosuch': choose from synth, /],
  [['--times', 'x'], /^error: --times is 'x': give a whole number/],
  [['-o', 'xml'], /^error: -o is 'xml': choose from table, json/],
])('npm run bench: %j is refused', (args, message) => {
  const { status, stderr } = spawnSync(process.execPath, ['bench/run.js', ...args], { cwd: ROOT, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(message) });
});

describe('checks run side by side', () => {
  test('each is printed whole, in the order of their starts', async () => {
    const { results, text } = await printed([
      script('slow', 'console.log("a"); setTimeout(() => console.log("b"), 300)'),
      script('fast', 'console.log("c")'),
    ], 2);
    expect(text).toBe('a\nb\nc\n');
    expect(results).toEqual([expect.objectContaining({ name: 'slow', passed: 1, failed: 0 }), expect.objectContaining({ name: 'fast', passed: 1, failed: 0 })]);
  });

  test('one waits for what it needs', async () => {
    const { text } = await printed([
      script('second', 'console.log(2)', { needs: ['first'] }),
      script('first', 'setTimeout(() => console.log(1), 200)'),
    ], 2);
    expect(text).toBe('1\n2\n');
  });

  test.each(['first', 'second'])('two that disturb each other do not run at the same time, whichever says so: %s', async (says) => {
    const file = path.join(os.tmpdir(), `lake-apart-${process.pid}-${says}`);
    const alone = `const fs = require('fs'), file = ${JSON.stringify(file)}; fs.mkdirSync(file); setTimeout(() => fs.rmdirSync(file), 300);`;
    const of = (name: string, other: string) => script(name, alone, name === says ? { apart: [other] } : {});
    const { results } = await printed([of('first', 'second'), of('second', 'first'), script('third', '')], 3);
    expect(results.map(({ failed }) => failed)).toEqual([0, 0, 0]);
  });

  test('a failure and a command that does not exist are failures', async () => {
    const { results } = await printed([script('fails', 'process.exit(3)'), { name: 'gone', command: ['/no/such/command', []] }], 1);
    expect(results).toEqual([expect.objectContaining({ passed: 0, failed: 1 }), expect.objectContaining({ passed: 0, failed: 1 })]);
  });

  test('no two checks wait for each other', () => {
    const first = (check: Check): string[] => (check.needs ?? [])
      .flatMap((name) => [name, ...first(all.find((other) => other.name === name)!)]);
    for (const check of all) expect(first(check)).not.toContain(check.name);
  });
});

describe('changed files choose the checks', () => {
  const affected = (files: string[], tests: string[] = []) => names(all.flatMap((check) => narrow(check, files, tests)));

  test.each([
    [['docs/fidelity.md'], ['jest']],
    [['glue-assets/lake_transforms/casts.py'], ['ruff', 'format', 'integ', 'jest', 'mypy', 'snapshots']],
    [['src/zone/data-stream.ts'], ['jsii', 'integ', 'jest', 'flags', 'eslint', 'types', 'snapshots', 'api']],
    [['bin/dev/typescript.js'], ['package-contents', 'package-readme', 'package-languages', 'package-demo', 'integ', 'jest', 'eslint', 'types', 'snapshots']],
    [['README.md'], ['package-readme', 'jest']],
    [[], []],
  ])('%j', (files, expected) => {
    expect(affected(files)).toEqual(expected);
  });

  test('the contract of both languages concerns the tests of both', () => {
    const files = ['test/contract/lake-contract.json'];
    expect(affected(files)).toEqual(['pytest-local', 'pytest-jobs', 'jest']);
    const [jobs] = narrow(all.find(({ name }) => name === 'pytest-jobs')!, files, []);
    for (const file of jobs.command[1].slice(3)) expect(fs.existsSync(path.join(ROOT, file))).toBe(true);
  });

  test('and the tests', () => {
    const [local] = narrow(all.find(({ name }) => name === 'pytest-local')!, ['local/x.py'], ['local/tests/test_x.py', 'glue-assets/tests/test_y.py']);
    expect(local.command[1]).toEqual(['-m', 'pytest', '-q', 'local/tests/test_x.py']);
  });
});
