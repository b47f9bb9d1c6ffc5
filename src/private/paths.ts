import * as os from 'os';
import * as path from 'path';

/** The package's root: two folders up, both from `src/private` (tests) and from `lib/private` (compiled). */
const PACKAGE_ROOT = path.resolve(__dirname, '..', '..');

/** A file or folder that ships with the package, such as `packagePath('lambda', 'csv_to_next_zone')`. */
export function packagePath(...segments: string[]): string {
  return path.join(PACKAGE_ROOT, ...segments);
}

/** Where `lake` keeps what it builds between projects; the same rule as in `bin/python-env.js`. */
export function cacheHome(): string {
  if (process.env.LAKE_CACHE) return path.resolve(process.env.LAKE_CACHE);
  const base = process.env.XDG_CACHE_HOME
    ?? (process.platform === 'win32' ? process.env.LOCALAPPDATA : undefined)
    ?? path.join(os.homedir(), '.cache');
  return path.join(base, 'cdk-datalake-accelerator');
}

/** What never belongs into a Lambda or Glue asset. */
export const NOT_SHIPPED = ['tests', '**/__pycache__', '**/*.pyc', '.pytest_cache', '.ruff_cache', '.DS_Store'];
