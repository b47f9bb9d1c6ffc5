import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { cacheHome, packagePath } from './paths';

/** The layers, in the order in which a function takes them. */
export const LAYER_NAMES = ['numpy', 'pandas'] as const;

type LayerName = typeof LAYER_NAMES[number];

/** One layer that was built: a folder or a zip file, and a hash of its contents, which is the same on any machine. */
export interface BuiltLayer {
  readonly path: string;
  readonly hash: string;
}

/** The first place that has both layers: the given folder only, else those that the package brings, else the user's cache. */
export function findBuiltLayers(platform: string, directory?: string): Record<LayerName, BuiltLayer> | undefined {
  const places = directory !== undefined
    ? [path.resolve(directory)]
    : [path.join(prebuilt(), platform), path.join(cacheHome(), 'layers', `${platform}-${locksHash()}`)];
  for (const place of places) {
    const [numpy, pandas] = LAYER_NAMES.map((name) => layerIn(place, name));
    if (!numpy || !pandas) continue;
    const known = knownHashes(place);
    return {
      numpy: { path: numpy, hash: known.numpy ?? contentsHash(numpy) },
      pandas: { path: pandas, hash: known.pandas ?? contentsHash(pandas) },
    };
  }
  return undefined;
}

/** 12 digits that change with either lock file. `lake layers` names its builds by the same. */
export function locksHash(): string {
  const hash = createHash('sha256');
  for (const name of LAYER_NAMES) hash.update(fs.readFileSync(lockFile(name)));
  return hash.digest('hex').slice(0, 12);
}

/** A layer's lock: in the checkout beside its requirements.in, in the package beside the layers that were built from it. */
export function lockFile(name: LayerName): string {
  const source = packagePath('lambda-layers', name, 'requirements.txt');
  return fs.existsSync(source) ? source : packagePath('lambda-layers', 'dist', 'locks', `${name}.txt`);
}

/**
 * A hash of a folder's sorted file names and bytes: unlike a zip's, it does not depend on who compressed it. The build computes the
 * same one (`contents_hash` in lake_local/layers/build.py) and writes it down, which saves reading 80 MB at each synthesis.
 * A zip file of the user's own is hashed as it is.
 */
export function contentsHash(layer: string): string {
  const hash = createHash('sha256');
  if (fs.statSync(layer).isFile()) return hash.update(fs.readFileSync(layer)).digest('hex');
  for (const file of filesBelow(layer).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const contents = fs.readFileSync(path.join(layer, file));
    hash.update(`${file}\0${contents.length}\0`).update(contents);
  }
  return hash.digest('hex');
}

/** The layers that the package brings; the tests have others there. */
function prebuilt(): string {
  return process.env.LAKE_PREBUILT_LAYERS ?? packagePath('lambda-layers', 'dist');
}

function layerIn(place: string, name: LayerName): string | undefined {
  const [folder, zip] = [path.join(place, name), path.join(place, `${name}.zip`)];
  // One file is copied faster than the thousands in it.
  if (fs.existsSync(zip)) return zip;
  return fs.existsSync(path.join(folder, 'python')) ? folder : undefined;
}

function filesBelow(directory: string, prefix = ''): string[] {
  return fs.readdirSync(path.join(directory, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = prefix + entry.name;
    return entry.isDirectory() ? filesBelow(directory, `${name}/`) : [name];
  });
}

/** The hashes that a finished build (`.complete`) or the package (`layers.json`) wrote down, if this is one. */
function knownHashes(place: string): Partial<Record<LayerName, string>> {
  const { hashes } = readJson(path.join(place, '.complete'));
  const { layers } = readJson(path.join(place, 'layers.json'));
  return Object.fromEntries(LAYER_NAMES
    .map((name) => [name, hashes?.[name] ?? layers?.[name]?.contents])
    .filter(([, hash]) => /^[0-9a-f]{64}$/.test(String(hash))));
}

function readJson(file: string): any {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) ?? {};
  } catch {
    return {};
  }
}
