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

/** At most so much: with the layers of both architectures, and without. */
const LIMITS = { whole: 64 * MEGABYTE, rest: 3 * MEGABYTE };

const TARGETS = {
  js: { artifact: /\.tgz$/, makes: 'the npm tarball' },
  python: { artifact: /\.whl$/, makes: 'the Python wheel' },
  java: { artifact: /\d\.jar$/, makes: 'the Maven jar', needs: [['mvn', 'Maven 3.6 or later'], ['javac', 'a JDK, 11 or later']] },
};

const HELP = `Usage: npm run package -- [js] [python] [java]

Makes the npm tarball, the Python wheel and the Maven jar (or those that are named) in dist/, with the numpy and pandas layers in each.
`;

const say = (text) => process.stderr.write(`${text}\n`);

function step(what, command, args, options = {}) {
  const started = Date.now();
  const done = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1', ...options.env },
  });
  if (done.error) throw new UserError(`${what} failed: ${done.error.message}`);
  if (done.status !== 0) throw new UserError(`${what} failed:\n${`${done.stdout}${done.stderr}`.trim().split('\n').slice(-40).join('\n')}`);
  say(`${what.padEnd(44)} ${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s`);
}

const node = (what, script, ...args) => step(what, process.execPath, [path.join(ROOT, 'node_modules', script), ...args]);

/** The artifact of a target. */
function artifact(target) {
  const folder = path.join(OUTPUT, target);
  const found = fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true }).map(String).filter((name) => TARGETS[target].artifact.test(name)) : [];
  if (found.length !== 1) throw new UserError(`dist/${target} has ${found.length} artifacts instead of one: run npm run package -- ${target}`);
  return path.join(folder, found[0]);
}

/** What a tarball would be without its layers: zip files that are packed once more shrink by themselves, so nothing can be subtracted. */
function sizeWithoutLayers(tarball) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-package-'));
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

/** Sizes of an artifact in bytes: the whole, and without the layers. Wheel and jar hold the tarball, and the bindings. */
function sizes(target) {
  const whole = fs.statSync(artifact(target)).size;
  const tarball = artifact('js');
  return { whole, rest: sizeWithoutLayers(tarball) + whole - fs.statSync(tarball).size };
}

/** No source distribution: there is nothing in it to build, it has the size of the wheel, and pip would install jsii's `lake` from it. */
function wheelOnly() {
  const folder = path.join(OUTPUT, 'python');
  for (const name of fs.readdirSync(folder).filter((found) => found.endsWith('.tar.gz'))) fs.rmSync(path.join(folder, name));
}

function check(targets) {
  for (const target of targets) {
    for (const [command, name] of TARGETS[target].needs ?? []) {
      if (spawnSync(command, ['-version'], { stdio: 'ignore' }).error) {
        throw new UserError(`${TARGETS[target].makes} needs ${name}, and there is no ${command}: install it, or leave the jar out with npm run package -- js python`);
      }
    }
  }
}

function main(args) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = args.filter((name) => !Object.hasOwn(TARGETS, name));
  if (unknown.length) throw new UserError(`unknown package ${unknown.join(', ')}: choose from ${Object.keys(TARGETS).join(', ')}`);
  // The tarball always: the others hold it.
  const targets = Object.keys(TARGETS).filter((name) => name === 'js' || !args.length || args.includes(name));
  check(targets);

  node('compiling the library', 'jsii/bin/jsii', '--silence-warnings=reserved-word');
  node('compiling the example', 'projen/bin/projen', 'compile:examples');
  const python = ensurePython('dev');
  step('layers for arm64 and x86_64', python, ['-m', 'lake_local', 'layers', '--pack', path.join('lambda-layers', 'dist'), '--compile', 'node lambda-layers/compile.mjs'], {
    env: { PYTHONPATH: path.join(ROOT, 'local'), LAKE_PACKAGE_ROOT: ROOT },
  });
  for (const target of targets) {
    fs.rmSync(path.join(OUTPUT, target), { recursive: true, force: true });
    node(TARGETS[target].makes, 'jsii-pacmak/bin/jsii-pacmak', '--target', target, '--outdir', OUTPUT, '--no-fingerprint',
      // Examples of the documentation, in the language of the package.
      '--rosetta-unknown-snippets', 'translate');
    if (target === 'python') {
      wheelOnly();
      step('the lake command in it', python, [path.join('bin', 'wheel', 'replace_script.py'), artifact('python')]);
    }
  }

  const megabytes = (size) => `${(size / MEGABYTE).toFixed(2)} MB`;
  for (const target of targets) {
    const { whole, rest } = sizes(target);
    process.stdout.write(`${path.relative(ROOT, artifact(target))}: ${megabytes(whole)}, without the layers ${megabytes(rest)}\n`);
    if (whole > LIMITS.whole || rest > LIMITS.rest) {
      throw new UserError(`a package may have ${megabytes(LIMITS.whole)}, and ${megabytes(LIMITS.rest)} without the layers: leave out what users do not need`);
    }
  }
  return 0;
}

module.exports = { LIMITS, artifact, sizes };

if (require.main === module) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
    process.exitCode = 1;
  }
}
