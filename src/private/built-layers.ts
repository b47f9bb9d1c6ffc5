import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { cacheHome, packagePath } from './paths';

/** The layers, in the order in which a function takes them. */
export const LAYER_NAMES = ['numpy', 'pandas'] as const;

type LayerName = typeof LAYER_NAMES[number];

/** Layers that `lambda-layers/build_layers.py` made. */
export interface BuiltLayers {
  readonly directory: string;
  /** A hash of each layer's contents, the same on any machine. */
  readonly hashes: Record<LayerName, string>;
}

/** The folder of a layer's locked requirements. */
export function lockDirectory(name: LayerName): string {
  return packagePath('lambda-layers', name);
}

/** The first place that has both layers: the given directory only, else the package's `dist`, else the user's cache. */
export function findBuiltLayers(platform: string, directory?: string): BuiltLayers | undefined {
  const places = directory !== undefined
    ? [path.resolve(directory)]
    : [packagePath('lambda-layers', 'dist', platform), path.join(cacheHome(), 'layers', `${platform}-${locksHash()}`)];
  const found = places.find((place) => LAYER_NAMES.every((name) => fs.existsSync(path.join(place, name, 'python'))));
  if (found === undefined) return undefined;
  const known = marker(found);
  return {
    directory: found,
    hashes: {
      numpy: known.numpy ?? contentsHash(path.join(found, 'numpy')),
      pandas: known.pandas ?? contentsHash(path.join(found, 'pandas')),
    },
  };
}

/** 12 digits that change with either lock file. */
export function locksHash(): string {
  const hash = createHash('sha256');
  for (const name of LAYER_NAMES) hash.update(fs.readFileSync(path.join(lockDirectory(name), 'requirements.txt')));
  return hash.digest('hex').slice(0, 12);
}

/**
 * A hash of a folder's sorted file names and bytes: unlike a zip's, it does not depend on who compressed it. The build computes the
 * same one (`contents_hash` in build_layers.py) and leaves it in the marker, which saves reading 80 MB at each synthesis.
 */
export function contentsHash(directory: string): string {
  const hash = createHash('sha256');
  for (const file of filesBelow(directory).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const contents = fs.readFileSync(path.join(directory, file));
    hash.update(`${file}\0${contents.length}\0`).update(contents);
  }
  return hash.digest('hex');
}

function filesBelow(directory: string, prefix = ''): string[] {
  return fs.readdirSync(path.join(directory, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = prefix + entry.name;
    return entry.isDirectory() ? filesBelow(directory, `${name}/`) : [name];
  });
}

/** The hashes that a finished build wrote down, if this is one. */
function marker(directory: string): Partial<Record<LayerName, string>> {
  try {
    const { hashes } = JSON.parse(fs.readFileSync(path.join(directory, '.complete'), 'utf8'));
    return Object.fromEntries(Object.entries(hashes ?? {}).filter(([, hash]) => /^[0-9a-f]{64}$/.test(String(hash))));
  } catch {
    return {};
  }
}
