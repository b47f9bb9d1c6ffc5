import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const REGISTER = path.resolve(__dirname, '..', '..', 'bin', 'dev', 'typescript.js');

describe('bin/dev/typescript.js', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-typescript-'));
  const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text);
  const run = (name: string) => spawnSync(process.execPath, ['-r', REGISTER, path.join(folder, name)], { cwd: folder, encoding: 'utf8' });

  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('Node loads TypeScript, and what has changed anew', () => {
    write('app.ts', "import { one } from './one';\nconsole.log(one);\n");
    for (const value of [1, 1, 2, 1]) {
      write('one.ts', `export const one: number = ${value};\n`);
      expect(run('app.ts')).toMatchObject({ status: 0, stdout: `${value}\n`, stderr: '' });
    }
  });

  test('the lines of an error are those of the TypeScript', () => {
    write('fails.ts', 'interface Gone {\n  readonly name: string;\n}\n\nconst found: Gone | undefined = undefined;\n\nthrow new Error(`none: ${found}`);\n');
    for (const _ of ['translated', 'kept']) expect(run('fails.ts').stderr).toContain(`${path.join(fs.realpathSync(folder), 'fails.ts')}:7:`);
  });

  test('what is no TypeScript is refused by name', () => {
    write('broken.ts', 'const = 1;\n');
    expect(run('broken.ts').stderr).toMatch(/SyntaxError: .*broken\.ts: Variable declaration expected/);
  });
});
