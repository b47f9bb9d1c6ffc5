import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

export const ROOT = path.resolve(__dirname, '..', '..');

/** Runs a command as a user would, with the user's cache; on failure the error shows what it printed. */
export function run(command: string, args: string[], options: { cwd: string }): string {
  const { LAKE_CACHE: _, ...env } = process.env;
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 256 * 1024 * 1024, env, ...options });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? ''}`);
  }
}

export function temporaryDirectory(name: string): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), `lake-${name}-`));
}

/** Packages the library for one language as a release does; returns the one artifact with this extension. */
export function packageFor(target: 'js' | 'python', extension: string, outdir: string): string {
  run(process.execPath, [path.join(ROOT, 'node_modules/projen/bin/projen'), 'compile:examples'], { cwd: ROOT });
  run(process.execPath, [path.join(ROOT, 'node_modules/jsii-pacmak/bin/jsii-pacmak'), '--target', target, '--outdir', outdir, '--no-fingerprint'], { cwd: ROOT });
  const directory = path.join(outdir, target);
  const [artifact] = fs.readdirSync(directory).filter((name) => name.endsWith(extension));
  return path.join(directory, artifact);
}

/** The resources of each type in a synthesized template. */
export function resourceCounts(templateFile: string): Record<string, number> {
  const template = JSON.parse(fs.readFileSync(templateFile, 'utf8'));
  const counts: Record<string, number> = {};
  for (const resource of Object.values<{ Type: string }>(template.Resources)) {
    counts[resource.Type] = (counts[resource.Type] ?? 0) + 1;
  }
  return counts;
}

/** What the default lake with two tables has, in whichever language it was written. */
export const EXPECTED = { 'AWS::Glue::Database': 4, 'AWS::Glue::Workflow': 1, 'AWS::Athena::WorkGroup': 1 };
