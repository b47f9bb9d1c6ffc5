// @ts-check
// Runs checks side by side.
'use strict';
const { spawn } = require('node:child_process');
const { ENVIRONMENT } = require('./checks.js');
const { PACKAGE_ROOT } = require('../python-env.js');

/**
 * @typedef {import('./checks.js').Check} Check
 * @typedef {{ name: string, passed: number, failed: number, seconds: number }} Result
 */

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/**
 * Returns how many tests of a jest or pytest run passed and failed, from its own summary. A run that counted nothing is one failed test.
 * @param {string} output
 * @param {number} status
 */
function count(output, status) {
  const plain = output.replace(/\u001b\[[0-9;]*m/g, '');
  const summary = plain.split('\n').filter((line) => /^Tests: |^(=+ )?\d+ (passed|failed|errors?|skipped)\b.* in [\d.]+s/.test(line)).pop() ?? '';
  /** @param {string} word */
  const number = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(summary)?.[1] ?? 0);
  const passed = number('passed');
  const failed = number('failed') + number('errors?');
  const isSilent = status === 0 ? passed === 0 : failed === 0;
  return { passed, failed: isSilent ? Math.max(failed, 1) : failed };
}

/**
 * Runs one check to its end.
 * @param {Check} check
 * @param {(chunk: string) => void} print
 * @returns {Promise<Result>}
 */
function execute(check, print) {
  const started = Date.now();
  const [command, args] = check.command;
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: PACKAGE_ROOT, env: { ...process.env, ...ENVIRONMENT, ...check.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    /** @param {string} chunk */
    const take = (chunk) => { output += chunk; print(chunk); };
    /** @param {number} status */
    const end = (status) => resolve({
      name: check.name,
      ...check.counted ? count(output, status) : { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 },
      seconds: Math.round((Date.now() - started) / 1000),
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
    child.on('error', (error) => { take(`${error.message}\n`); end(127); });
    child.on('close', (status) => end(status ?? 1));
  });
}

/**
 * Prints the output of checks that run at the same time as if one ran after the other: one check is printed as it runs, the output of the others
 * is kept until their turn comes.
 */
class Printer {
  /** @type {{ name: string, kept: string, done: boolean }[]} */
  #queue = [];

  /**
   * Returns where a check prints to, and what to call when it ends.
   * @param {string} name
   */
  open(name) {
    const entry = { name, kept: '', done: false };
    this.#queue.push(entry);
    if (this.#queue.length === 1) this.#begin(entry);
    return {
      /** @param {string} chunk */
      print: (chunk) => {
        if (this.#queue[0] === entry) process.stdout.write(chunk);
        else entry.kept += chunk;
      },
      close: () => {
        entry.done = true;
        while (this.#queue[0]?.done) {
          this.#queue.shift();
          if (this.#queue.length) this.#begin(this.#queue[0]);
        }
      },
    };
  }

  /** @param {{ name: string, kept: string }} entry */
  #begin(entry) {
    say(`\n── ${entry.name} ${'─'.repeat(70 - entry.name.length)}`);
    process.stdout.write(entry.kept);
    entry.kept = '';
  }
}

/**
 * Runs the checks, at most `lanes` at a time, in the order given as far as `needs` and `apart` allow.
 * @param {Check[]} chosen
 * @param {number} lanes
 * @returns {Promise<Result[]>}
 */
async function runAll(chosen, lanes) {
  const waiting = [...chosen];
  /** @type {Map<string, Promise<void>>} */
  const running = new Map();
  /** @type {Result[]} */
  const results = [];
  const printer = new Printer();
  /** @param {string} name */
  const isOpen = (name) => running.has(name) || waiting.some((check) => check.name === name);
  /** @type {(one: Check, other: Check) => boolean} */
  const disturbs = (one, other) => Boolean(one.apart?.includes(other.name) || other.apart?.includes(one.name));
  /** @param {Check} check */
  const mayStart = (check) => !check.needs?.some(isOpen) && !chosen.some((other) => running.has(other.name) && disturbs(check, other));

  while (waiting.length || running.size) {
    const next = running.size < lanes ? waiting.findIndex(mayStart) : -1;
    if (next < 0) {
      await Promise.race(running.values());
      continue;
    }
    const [check] = waiting.splice(next, 1);
    const { print, close } = printer.open(check.name);
    running.set(check.name, execute(check, print).then((result) => {
      results.push(result);
      running.delete(check.name);
      close();
    }));
  }
  return chosen.flatMap(({ name }) => results.filter((result) => result.name === name));
}

module.exports = { count, runAll };
