import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { Templates } from './guard';

/** Where an upgrade starts. */
export interface Baseline {
  /** What it is, for people. */
  readonly name: string;
  /** Why it says less than it should, if it does. */
  readonly warning?: string;
  /** Paths of the files of integ/. */
  readonly files: string[];
  readonly read: (file: string) => string;
}

const GUARDED = ['src', 'integ', 'glue-assets', 'lambda', 'package.json'];

/**
 * The last release; until there is one, the commit before this one, or this one where the working tree has changes. `LAKE_UPGRADE_FROM` names
 * another commit. Where the history is not there, the snapshots that are.
 */
export function findBaseline(root: string, from = process.env.LAKE_UPGRADE_FROM): Baseline {
  const git = (...args: string[]) => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
    return status === 0 ? stdout.trimEnd() : undefined;
  };
  const commit = (ref: string) => git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  const at = (ref: string, name: string, warning?: string): Baseline => ({
    name,
    warning,
    files: (git('ls-tree', '-r', '--name-only', ref, 'integ/') ?? '').split('\n').filter(Boolean),
    read: (file) => {
      const text = git('show', `${ref}:${file}`);
      if (text === undefined) throw new Error(`git cannot read ${file} of ${name}: fetch the whole history with 'git fetch --unshallow'`);
      return text;
    },
  });

  if (from !== undefined) {
    if (!commit(from)) throw new Error(`LAKE_UPGRADE_FROM is '${from}', which is no commit of this repository: name one, or leave it out`);
    return at(from, from);
  }
  const top = git('rev-parse', '--show-toplevel');
  const isRepository = top !== undefined && fs.realpathSync(top) === fs.realpathSync(root);
  if (!isRepository || !commit('HEAD')) {
    const less = 'there is no git history here: the upgrade is compared with the snapshots of integ/ as they are, not with those of the last release';
    return { name: 'the snapshots of this folder', warning: less, files: filesOf(root), read: (file) => fs.readFileSync(path.join(root, file), 'utf8') };
  }
  const isChanged = git('status', '--porcelain', '--', ...GUARDED) !== '';
  const previous = isChanged ? 'HEAD' : 'HEAD^';
  const release = git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', previous);
  if (release) return at(release, `release ${release}`);
  const cut = git('rev-parse', '--is-shallow-repository') === 'true'
    ? 'this clone is shallow: the last release cannot be seen from it; fetch it with \'git fetch --unshallow --tags\'. The upgrade is compared with'
    : undefined;
  const [ref, name] = commit(previous) ? [previous, isChanged ? 'the commit under these changes' : 'the commit before this one'] : ['HEAD', 'this commit\'s own snapshots'];
  return at(ref, name, cut && `${cut} ${name}`);
}

/** The integration tests of a baseline that have a snapshot. */
export function testsOf({ files }: Baseline): string[] {
  const snapshots = new Set(files.map((file) => /^integ\/([^/]+)\.snapshot\//.exec(file)?.[1]));
  return files.map((file) => path.posix.basename(file)).filter((name) => snapshots.has(name));
}

/** The templates of a test's snapshot. */
export function snapshotOf(baseline: Baseline, test: string): Templates {
  const folder = `integ/${test}.snapshot/`;
  const names = baseline.files.filter((file) => file.startsWith(folder) && isTemplate(file));
  return Object.fromEntries(names.map((file) => [stackOf(file.slice(folder.length)), JSON.parse(baseline.read(file))]));
}

/** The templates of an assembly. */
export function templatesIn(folder: string): Templates {
  const names = fs.readdirSync(folder, { recursive: true }).map((name) => String(name).split(path.sep).join('/')).filter(isTemplate);
  return Object.fromEntries(names.map((name) => [stackOf(name), JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))]));
}

/** Stacks of the lakes: not those that the assertions run in, nor what assets hold. */
function isTemplate(file: string): boolean {
  return file.endsWith('.template.json') && !/DeployAssert[0-9A-F]{8}\.template\.json$/.test(file) && !/(^|\/)asset\./.test(file);
}

function stackOf(file: string): string {
  return file.replace(/\.template\.json$/, '');
}

function filesOf(root: string): string[] {
  return fs.readdirSync(path.join(root, 'integ'), { recursive: true }).map((name) => `integ/${String(name).split(path.sep).join('/')}`)
    .filter((file) => fs.statSync(path.join(root, file)).isFile());
}
