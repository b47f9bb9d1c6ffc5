import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

export const ROOT = path.resolve(__dirname, '..', '..');

// As a user: with the user's cache, and nothing that the checks of a checkout set.
for (const name of ['LAKE_CACHE', 'LAKE_PREBUILT_LAYERS', 'LAKE_PACKAGE_ROOT', 'PYTHONPATH']) delete process.env[name];
// pip would compile the CDK's 60 MB of Python, of which an app imports a part: Python compiles that itself.
process.env.PIP_COMPILE = '0';

/** Runs a command; on failure the error shows what it printed. */
export function run(command: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): string {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 256 * 1024 * 1024, cwd: options.cwd, env: { ...process.env, ...options.env },
    });
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? message}`);
  }
}

/** The interpreter of the development environment: one that `lake` supports. */
export const python = () => run(process.execPath, [path.join(ROOT, 'bin', 'python-env.js'), 'dev'], { cwd: ROOT }).trim();

export function temporaryDirectory(name: string): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), `lake-${name}-`));
}

/** What `npm run package` made, which is run before these tests: see global-setup.js. */
export const { LIMITS, artifact, sizes } = jest.requireActual<{
  LIMITS: { whole: number; rest: number };
  artifact(target: 'js' | 'python' | 'java'): string;
  sizes(target: 'js' | 'python' | 'java'): { whole: number; rest: number };
}>('../../bin/package.js');
