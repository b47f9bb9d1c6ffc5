// @ts-check
// An embedded cloud for the integration tests, with a folder of its own.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { cacheHome } = require('../bin/python-env.js');

const ROOT = path.resolve(__dirname, '..');

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Makes a cache in the folder and returns its path. Node functions find the AWS SDK, which Lambda provides, in node_modules; jars and classes are
 * those of the user's cache.
 * @param {string} folder
 */
function makeCache(folder) {
  const cache = path.join(folder, 'cache');
  fs.mkdirSync(path.join(cache, 'node-sdk'), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(cache, 'node-sdk', 'node_modules'));
  for (const shared of ['jars', 'classes']) {
    fs.mkdirSync(path.join(cacheHome(), shared), { recursive: true });
    fs.symlinkSync(path.join(cacheHome(), shared), path.join(cache, shared));
  }
  return cache;
}

/**
 * Starts an embedded cloud. Returns the environment that points the AWS SDKs and the CDK at it, its log file, and how to stop it; it stops with
 * this process at the latest.
 * @param {string} folder
 * @param {string} python
 * @param {string} region
 */
async function start(folder, python, region) {
  const state = path.join(folder, 'state');
  const log = path.join(folder, 'server.log');
  const output = fs.openSync(log, 'a');
  const server = spawn(python, ['-m', 'lake_local.cloud.server', '--state', state, '--port', String(await freePort()), '--region', region], {
    env: { ...process.env, PYTHONPATH: path.join(ROOT, 'local'), LAKE_CACHE: makeCache(folder) }, stdio: ['ignore', output, output],
  });
  const kill = () => server.kill('SIGTERM');
  process.on('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    kill();
    if (server.exitCode === null && server.signalCode === null) await new Promise((resolve) => server.on('exit', resolve));
  };
  const file = path.join(state, 'lake.json');
  for (let tries = 0; tries < 600 && server.exitCode === null; tries++) {
    if (fs.existsSync(file)) {
      const lake = JSON.parse(fs.readFileSync(file, 'utf8'));
      const env = {
        AWS_ENDPOINT_URL: lake.endpoint,
        AWS_ACCESS_KEY_ID: lake.access_key,
        AWS_SECRET_ACCESS_KEY: lake.secret_key,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
      };
      return { env, log, stop };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`the embedded cloud did not start: see ${log}`);
}

module.exports = { start };
