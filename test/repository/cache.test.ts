import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const ROOT = path.resolve(__dirname, '..', '..');

/** Runs `lake status` with the environment of a user who has nothing but what is given. */
function status(env: NodeJS.ProcessEnv) {
  const { status: code, stderr } = spawnSync(process.execPath, ['bin/lake', 'status'], {
    cwd: ROOT, encoding: 'utf8', timeout: 120_000, env: { PATH: process.env.PATH, ...env },
  });
  return { code, stderr };
}

describe('lake without a place for its cache says so, and how to name one', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-home-'));
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');

  afterAll(() => fs.rmSync(folder, { recursive: true }));

  test.each([
    ['an empty HOME', { HOME: '' }, /^lake: HOME is '', no folder for a cache: set HOME, or name one with LAKE_CACHE/],
    ['a HOME that is relative', { HOME: 'nosuch' }, /^lake: HOME is 'nosuch', no folder for a cache/],
    ['a device', { HOME: '/dev/null' }, /^lake: \/dev\/null\/.*\(ENOTDIR\): name a folder of yours with LAKE_CACHE/],
    ['a file', { HOME: file }, /file\/\.cache.*\(ENOTDIR\): name a folder of yours with LAKE_CACHE/],
    ['a folder of the system, in which nobody can make one', { HOME: '/proc' }, /\/proc\/.*\((ENOENT|EACCES)\): name a folder/],
    ['a cache that is a file', { HOME: folder, LAKE_CACHE: file }, /file.* cannot be made, or not written to \(\w+\)/],
  ])('%s', (_, env, message) => {
    expect(status(env)).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });
});
