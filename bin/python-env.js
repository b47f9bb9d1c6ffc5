// @ts-check
// The Python environment of `lake` and of the tests: installed on first use from a hash-locked list, kept in the user's cache, and found in
// milliseconds afterwards. Plain JavaScript, so that it runs in a clone and in the installed package without a build.
'use strict';
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const PACKAGE_ROOT = path.resolve(__dirname, '..');
const LOCKS = {
  runtime: path.join(PACKAGE_ROOT, 'local', 'requirements.lock'),
  dev: path.join(PACKAGE_ROOT, 'local', 'requirements-dev.lock'),
  clients: path.join(PACKAGE_ROOT, 'local', 'requirements-clients.lock'),
};
const SUPPORTED = ['3.13', '3.12', '3.11'];

/** An error that the user can fix: printed without a stack trace. */
class UserError extends Error {}

/** Returns the folder of the environments, jars and layers that all projects share. */
function cacheHome() {
  if (process.env.LAKE_CACHE) return path.resolve(process.env.LAKE_CACHE);
  const base = process.env.XDG_CACHE_HOME
    || (process.platform === 'win32' ? process.env.LOCALAPPDATA : undefined)
    || path.join(home(), '.cache');
  if (!path.isAbsolute(base)) throw new UserError(`HOME is '${process.env.HOME}', no folder for a cache: set HOME, or name one with LAKE_CACHE=/path/to/cache`);
  return path.join(base, 'cdk-datalake-accelerator');
}

/** Returns the user's home folder, or nothing where the system knows none. */
function home() {
  try { return os.homedir(); } catch { return ''; }
}

/** @param {string} name a folder, which another process may make at the same time */
function makeFolder(name) {
  try { fs.mkdirSync(name); } catch (error) { if (codeOf(error) !== 'EEXIST') throw error; }
}

/**
 * Makes the folder that all projects share, and those above it. (mkdirSync's own way to make those never ends in /proc.)
 * @param {string} folder
 */
function makeCache(folder) {
  const missing = [folder];
  while (!fs.existsSync(path.dirname(missing[0]))) missing.unshift(path.dirname(missing[0]));
  try {
    for (const name of missing) makeFolder(name);
    fs.accessSync(`${folder}${path.sep}`, fs.constants.W_OK);
  } catch (error) {
    throw new UserError(`${folder} cannot be made, or not written to (${codeOf(error)}): name a folder of yours with LAKE_CACHE=/path/to/cache`);
  }
}

/** Returns the first interpreter of a supported version among $LAKE_PYTHON, then python3.13, 3.12, 3.11, then python3. */
function findPython() {
  const asked = process.env.LAKE_PYTHON;
  const candidates = asked ? [asked] : [...SUPPORTED.map((v) => `python${v}`), 'python3', 'python'];
  const seen = [];
  for (const command of candidates) {
    const probe = spawnSync(command, ['-c', 'import sys, venv, ensurepip; print(sys.executable); print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
    if (probe.status !== 0) continue;
    const [executable, version] = probe.stdout.trim().split(/\r?\n/);
    if (SUPPORTED.includes(version)) return { executable, version };
    seen.push(`${command} is ${version}`);
  }
  throw new UserError(
    `Python 3.11, 3.12 or 3.13 (with its venv module) is needed, ${seen.length ? seen.join(', ') : 'and none was found'}: `
    + 'install one, or name it with LAKE_PYTHON=/path/to/python3');
}

/** @param {string} dir an environment */
function interpreterOf(dir) {
  return process.platform === 'win32' ? path.join(dir, 'Scripts', 'python.exe') : path.join(dir, 'bin', 'python');
}

/**
 * Runs a command; on failure, throws an error with the end of what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {string} what the step, for the message
 */
function run(command, args, what) {
  const done = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (done.error) throw new UserError(`${what} failed: ${done.error.message}`);
  if (done.status !== 0) {
    throw new UserError(`${what} failed:\n${(done.stderr || done.stdout).trim().split('\n').slice(-15).join('\n')}`);
  }
}

/**
 * Runs an action in one process at a time; other processes wait.
 * @template T
 * @param {string} lock path of the folder that is the lock
 * @param {() => T} action
 * @returns {T}
 */
function withLock(lock, action) {
  const started = Date.now();
  for (;;) {
    try {
      fs.mkdirSync(lock);
      fs.writeFileSync(path.join(lock, 'pid'), String(process.pid));
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (!holderIsAlive(lock)) { fs.rmSync(lock, { recursive: true, force: true }); continue; }
      if (Date.now() - started > 900_000) throw new UserError(`another process holds ${lock}: stop it, or remove that folder`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
    }
  }
  try { return action(); } finally { fs.rmSync(lock, { recursive: true, force: true }); }
}

/** @param {unknown} error */
const codeOf = (error) => /** @type {NodeJS.ErrnoException} */ (error).code;

/** @param {string} lock */
function holderIsAlive(lock) {
  let pid;
  try { pid = Number(fs.readFileSync(path.join(lock, 'pid'), 'utf8')); } catch {
    try { return Date.now() - fs.statSync(lock).mtimeMs < 5000; } catch { return false; }
  }
  try { process.kill(pid, 0); return true; } catch (error) { return codeOf(error) === 'EPERM'; }
}

/**
 * Returns the path of the environment's interpreter. Installs the environment first if it is missing, and says so on stderr.
 * @param {'runtime' | 'dev' | 'clients'} kind which list of packages
 */
function ensurePython(kind = 'runtime') {
  const lockFile = LOCKS[kind];
  const digest = createHash('sha256').update(fs.readFileSync(lockFile)).digest('hex').slice(0, 12);
  const cache = cacheHome();
  // When an environment for this list is ready, no interpreter is started to find it: `lake` starts fast.
  if (!process.env.LAKE_PYTHON) {
    for (const version of SUPPORTED) {
      const ready = path.join(cache, `${kind}-py${version}-${digest}`);
      if (fs.existsSync(path.join(ready, '.complete'))) return interpreterOf(ready);
    }
  }
  makeCache(cache);
  const python = findPython();
  const dir = path.join(cache, `${kind}-py${python.version}-${digest}`);
  const marker = path.join(dir, '.complete');
  if (fs.existsSync(marker)) return interpreterOf(dir);
  return withLock(`${dir}.lock`, () => {
    if (fs.existsSync(marker)) return interpreterOf(dir);
    const started = Date.now();
    process.stderr.write(`lake: preparing its Python ${python.version} environment in ${dir} (once, about a minute)\n`);
    fs.rmSync(dir, { recursive: true, force: true });
    run(python.executable, ['-m', 'venv', dir], 'creating the virtual environment');
    const interpreter = interpreterOf(dir);
    run(interpreter, ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '--require-hashes', '--only-binary=:all:',
      '--no-binary=pyspark', '-r', lockFile], 'installing the Python packages');
    fs.writeFileSync(marker, `${new Date().toISOString()}\n`);
    process.stderr.write(`lake: ready in ${Math.round((Date.now() - started) / 1000)} s\n`);
    return interpreter;
  });
}

module.exports = { PACKAGE_ROOT, UserError, cacheHome, ensurePython };

// For scripts: `node bin/python-env.js dev` prints the path of the interpreter.
if (require.main === module) {
  try {
    const kind = process.argv[2] ?? 'runtime';
    if (kind !== 'runtime' && kind !== 'dev' && kind !== 'clients') {
      throw new UserError(`unknown environment '${kind}': choose runtime, dev or clients`);
    }
    process.stdout.write(`${ensurePython(kind)}\n`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`lake: ${error.message}\n`);
    process.exit(2);
  }
}
