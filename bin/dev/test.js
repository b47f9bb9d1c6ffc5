// @ts-check
// `npm test`.
'use strict';
const os = require('node:os');
const { parseArgs } = require('node:util');
const { affected } = require('./affected.js');
const { checks } = require('./checks.js');
const { runAll } = require('./lanes.js');
const { ensureNodeModules } = require('./node-modules.js');
const { UserError, ensurePython } = require('../python-env.js');

/** @typedef {import('./checks.js').Check} Check */

const MEMORY_OF_A_LANE = 3 * 1024 ** 3;

/** Returns how many checks run at the same time: two more than processors, because they wait half of their time, as far as the memory goes. */
const defaultLanes = () => Math.max(1, Math.min(4, os.availableParallelism() + 2, Math.floor(os.totalmem() / MEMORY_OF_A_LANE)));

/** @param {Check[]} all */
const help = (all) => `Usage: npm test -- [options] [CHECK...]

Runs every check, or those that are named. The first part of a name stands for all that begin with it: pytest is pytest-local, pytest-services and pytest-jobs.

${all.map(({ name, about }) => `  ${name.padEnd(17)} ${about}`).join('\n')}

  --changed         only what the changes since the branch left main can affect: checks by kind of file, tests by what they import
  --since COMMIT    the same, for the changes since a commit
  --lanes N         how many checks run at the same time (default: two more than processors, at most 4 and one for each 3 GiB of memory)
  --help            this text

The last line is 'N passed, N failed'. Exit code: 0 all passed, 1 something failed, 2 wrong use.
`;

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        changed: { type: 'boolean', default: false },
        since: { type: 'string' },
        lanes: { type: 'string', default: String(defaultLanes()) },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UserError(`${String(/** @type {Error} */ (error).message).replace(/\. To specify.*/, '')}: see npm test -- --help`);
  }
}

/**
 * Returns the checks that are named, and what they need.
 * @param {Check[]} all
 * @param {string[]} names
 */
function choose(all, names) {
  const chosen = new Set(names.length ? [] : all);
  for (const given of names) {
    const found = all.filter(({ name }) => name === given || name.startsWith(`${given}-`));
    if (!found.length) throw new UserError(`unknown check '${given}': choose from ${all.map(({ name }) => name).join(', ')}`);
    for (const check of found) chosen.add(check);
  }
  // A set is walked to its end, with what is added on the way: what the needed checks need, too.
  for (const check of chosen) for (const need of check.needs ?? []) chosen.add(/** @type {Check} */ (all.find(({ name }) => name === need)));
  return all.filter((check) => chosen.has(check));
}

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function test(args) {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(help(checks('python')));
    return 0;
  }
  const lanes = Number(values.lanes);
  if (!Number.isInteger(lanes) || lanes < 1) throw new UserError(`--lanes is '${values.lanes}': give a whole number, at least 1`);
  choose(checks('python'), positionals);
  ensureNodeModules();
  const python = ensurePython('dev');
  const named = choose(checks(python), positionals);
  const chosen = values.changed || values.since !== undefined ? affected(named, python, values.since) : named;
  const results = await runAll(chosen, lanes);
  const lines = results.map(({ name, passed, failed, seconds }) => (
    `${failed ? 'FAILED' : 'ok    '} ${name.padEnd(17)} ${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed  ${seconds} s`));
  process.stderr.write(`\n${lines.join('\n')}\n`);
  /** @param {'passed' | 'failed'} kind */
  const total = (kind) => results.reduce((sum, result) => sum + result[kind], 0);
  process.stdout.write(`${total('passed')} passed, ${total('failed')} failed\n`);
  return total('failed') ? 1 : 0;
}

module.exports = { choose, test };
