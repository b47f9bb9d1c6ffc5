import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

export const ROOT = path.resolve(__dirname, '..', '..');

/** Runs a command as a user would, with the user's cache; on failure the error shows what it printed. */
export function run(command: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): string {
  const { LAKE_CACHE: _cache, LAKE_PREBUILT_LAYERS: _layers, LAKE_PACKAGE_ROOT: _root, PYTHONPATH: _path, ...env } = process.env;
  try {
    return execFileSync(command, args, {
      encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 256 * 1024 * 1024, cwd: options.cwd, env: { ...env, ...options.env },
    });
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? message}`);
  }
}

export function temporaryDirectory(name: string): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), `lake-${name}-`));
}

/** What `npm run package` made, which is run before these tests: see global-setup.js. */
export const { LIMITS, artifact, sizes } = jest.requireActual<{
  LIMITS: { whole: number; rest: number };
  artifact(target: 'js' | 'python' | 'java'): string;
  sizes(target: 'js' | 'python' | 'java'): { whole: number; rest: number };
}>('../../bin/package.js');
