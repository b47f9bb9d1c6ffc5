// @ts-check
// Makes what users install: `npm run package`, and what projen's release does.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { UserError, ensurePython } = require('./python-env.js');

const ROOT = path.resolve(__dirname, '..');
const OUTPUT = path.join(ROOT, 'dist');
const MEGABYTE = 1024 * 1024;

/** Size limits of a package in bytes: with the layers of both architectures, and without layers. */
const LIMITS = { whole: 64 * MEGABYTE, rest: 3 * MEGABYTE };

/**
 * `needs`: the commands that must be installed, each with its name for people.
 * @typedef {'js' | 'python' | 'java'} Target
 * @type {Record<Target, { artifact: RegExp, makes: string, needs?: [string, string][] }>}
 */
const TARGETS = {
  js: { artifact: /\.tgz$/, makes: 'the npm tarball' },
  python: { artifact: /\.whl$/, makes: 'the Python wheel' },
  java: { artifact: /\d\.jar$/, makes: 'the Maven jar', needs: [['mvn', 'Maven 3.6 or later'], ['javac', 'a JDK, 11 or later']] },
};

const HELP = `Usage: npm run package -- [--reuse-compiled] [js] [python] [java]

Makes the npm tarball, the Python wheel and the Maven jar (or those that are named) in dist/, with the numpy and pandas layers in each.

  --reuse-compiled   do not compile the library again if it has been compiled since the last change
`;

/** What the library is compiled of. */
const SOURCES = ['src', 'bin/dev/compile.js', 'bin/dev/lazy-imports.js', 'package.json', 'README.md'];

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/**
 * Runs one step and prints how long it took; throws an error with the end of its output if it fails.
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
function step(what, command, args, env = {}) {
  const started = Date.now();
  const done = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 256 * MEGABYTE,
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1', ...env },
  });
  if (done.error) throw new UserError(`${what} failed: ${done.error.message}`);
  if (done.status !== 0) throw new UserError(`${what} failed:\n${`${done.stdout}${done.stderr}`.trim().split('\n').slice(-40).join('\n')}`);
  say(`${what.padEnd(44)} ${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s`);
}

/** @type {(what: string, script: string, ...args: string[]) => void} */
const node = (what, script, ...args) => step(what, process.execPath, [path.join(ROOT, 'node_modules', script), ...args]);

/**
 * Returns the path of a target's artifact in dist/.
 * @param {Target} target
 */
function artifact(target) {
  const folder = path.join(OUTPUT, target);
  const files = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }).map(String) : [];
  const found = files.filter((name) => TARGETS[target].artifact.test(name));
  if (found.length !== 1) throw new UserError(`dist/${target} has ${found.length} artifacts instead of one: run npm run package -- ${target}`);
  return path.join(folder, found[0]);
}

/** @type {Map<string, number>} by path and time of the tarball */
const measured = new Map();

/**
 * Returns the size of a tarball without its layers. It is packed again to be measured: the size of the layers inside a tarball is not known.
 * @param {string} tarball
 */
function sizeWithoutLayers(tarball) {
  const key = `${tarball} ${fs.statSync(tarball).mtimeMs}`;
  const size = measured.get(key) ?? measureWithoutLayers(tarball);
  measured.set(key, size);
  return size;
}

/** @param {string} tarball */
function measureWithoutLayers(tarball) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-package-'));
  /** @param {...string} args */
  const tar = (...args) => {
    const done = spawnSync('tar', args, { encoding: 'utf8' });
    if (done.status !== 0) throw new UserError(`tar failed: ${done.error?.message ?? done.stderr}`);
  };
  try {
    fs.mkdirSync(path.join(folder, 'files'));
    tar('-xzf', tarball, '-C', path.join(folder, 'files'));
    fs.rmSync(path.join(folder, 'files', 'package', 'lambda-layers'), { recursive: true });
    tar('-czf', path.join(folder, 'rest.tgz'), '-C', path.join(folder, 'files'), 'package');
    return fs.statSync(path.join(folder, 'rest.tgz')).size;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Returns the sizes of an artifact in bytes: the whole, and without the layers. Wheel and jar hold the tarball and the bindings.
 * @param {Target} target
 */
function sizes(target) {
  const whole = fs.statSync(artifact(target)).size;
  const tarball = artifact('js');
  return { whole, rest: sizeWithoutLayers(tarball) + whole - fs.statSync(tarball).size };
}

/**
 * Fetches what jsii-pacmak makes a wheel with, as locked by hash; it would take the newest of the day itself.
 * @returns {string} the folder, which pip takes for its index
 */
function lockedWheels() {
  const folder = path.join(OUTPUT, '.wheels');
  fs.rmSync(folder, { recursive: true, force: true });
  // The Python that jsii-pacmak takes.
  step('tools for the wheel', process.platform === 'win32' ? 'python' : 'python3', [
    '-m', 'pip', 'download', '--quiet', '--require-hashes', '--only-binary=:all:', '--dest', folder, '-r', path.join('local', 'requirements-release.lock'),
  ]);
  return folder;
}

/**
 * Returns whether the library has been compiled since the last change of its sources: jsii writes .jsii, bin/dev/compile.js then the index.
 * @param {string} [root]
 */
function isCompiled(root = ROOT) {
  const [assembly, index] = ['.jsii', path.join('lib', 'index.js')].map((name) => path.join(root, name));
  if (!fs.existsSync(assembly) || !fs.existsSync(index)) return false;
  /** @param {string} file */
  const changed = (file) => fs.statSync(file).mtimeMs;
  const files = SOURCES.map((name) => path.join(root, name)).flatMap((file) => (
    fs.statSync(file).isDirectory() ? ['', ...fs.readdirSync(file, { recursive: true }).map(String)].map((name) => path.join(file, name)) : [file]));
  return Math.max(...files.map(changed)) < changed(assembly) && changed(assembly) <= changed(index);
}

/**
 * Makes the artifacts in one go: the tarball is packed once, and is in all of them.
 * @param {Target[]} targets
 * @param {string} python
 */
function makeArtifacts(targets, python) {
  /** @type {Record<string, string>} */
  const env = targets.includes('python') ? { PIP_NO_INDEX: '1', PIP_FIND_LINKS: lockedWheels() } : {};
  for (const target of targets) fs.rmSync(path.join(OUTPUT, target), { recursive: true, force: true });
  step(targets.map((target) => TARGETS[target].makes).join(', '), process.execPath, [
    path.join(ROOT, 'node_modules', 'jsii-pacmak/bin/jsii-pacmak'), '--targets', ...targets, '--outdir', OUTPUT, '--no-fingerprint',
    // Translates the documentation's examples to the language of the package.
    '--rosetta-unknown-snippets', 'translate',
  ], env);
  if (!targets.includes('python')) return;
  wheelOnly();
  step('the lake command in the wheel', python, [path.join('bin', 'wheel', 'replace_script.py'), artifact('python')]);
}

/** Removes the source distribution: it has nothing to build, is as large as the wheel, and pip would install jsii's `lake` from it. */
function wheelOnly() {
  const folder = path.join(OUTPUT, 'python');
  for (const name of fs.readdirSync(folder).filter((found) => found.endsWith('.tar.gz'))) fs.rmSync(path.join(folder, name));
}

/**
 * Throws an error if a command that a target needs is not installed.
 * @param {Target[]} targets
 */
function requireCommands(targets) {
  for (const target of targets) {
    for (const [command, name] of TARGETS[target].needs ?? []) {
      if (spawnSync(command, ['-version'], { stdio: 'ignore' }).error) {
        throw new UserError(`${TARGETS[target].makes} needs ${name}, but there is no ${command}: install it, or leave the jar out with npm run package -- js python`);
      }
    }
  }
}

/**
 * @param {string[]} args
 * @returns {number} the exit code
 */
function main(args) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const reuse = args.includes('--reuse-compiled');
  const names = args.filter((name) => name !== '--reuse-compiled');
  const unknown = names.filter((name) => !Object.hasOwn(TARGETS, name));
  if (unknown.length) throw new UserError(`unknown package ${unknown.join(', ')}: choose from ${Object.keys(TARGETS).join(', ')}`);
  // The tarball is always made: the others hold it.
  const targets = /** @type {Target[]} */ (Object.keys(TARGETS)).filter((name) => name === 'js' || !names.length || names.includes(name));
  requireCommands(targets);

  if (!(reuse && isCompiled())) step('compiling the library', process.execPath, [path.join(ROOT, 'bin', 'dev', 'compile.js')]);
  node('compiling the example', 'projen/bin/projen', 'compile:examples');
  const python = ensurePython('dev');
  step('layers for arm64 and x86_64', python, ['-m', 'lake_local', 'layers', '--pack', path.join('lambda-layers', 'dist'), '--compile', 'node lambda-layers/compile.mjs'], {
    PYTHONPATH: path.join(ROOT, 'local'), LAKE_PACKAGE_ROOT: ROOT,
  });
  makeArtifacts(targets, python);

  /** @param {number} size */
  const megabytes = (size) => `${(size / MEGABYTE).toFixed(2)} MB`;
  for (const target of targets) {
    const { whole, rest } = sizes(target);
    process.stdout.write(`${path.relative(ROOT, artifact(target))}: ${megabytes(whole)}, without the layers ${megabytes(rest)}\n`);
    if (whole > LIMITS.whole || rest > LIMITS.rest) {
      throw new UserError(`dist/${target} is too large: a package may have ${megabytes(LIMITS.whole)}, and ${megabytes(LIMITS.rest)} without the layers: leave out what users do not need`);
    }
  }
  return 0;
}

module.exports = { LIMITS, SOURCES, artifact, isCompiled, sizes };

if (require.main === module) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
    process.exitCode = 1;
  }
}
