// @ts-check
// What is measured in a Node process of its own: `node bench/subjects.js NAME` does it once and prints a JSON object with `milliseconds`.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { addAssets, requireSame, writePlain } = require('./plain.js');

const ROOT = path.resolve(__dirname, '..');

/** @param {string} [folder] */
const ours = (folder = ROOT) => require(path.join(folder, 'lib', 'index.js'));
const peer = () => require(/** @type {string} */ (process.env.BENCH_PEER));

/** @typedef {import('aws-cdk-lib').Stack} Stack */

/** @param {number} count */
const tables = (count) => Array.from({ length: count }, (_, index) => ({ name: `table_${index}`, schema: { id: 'bigint', name: 'string', amount: 'decimal(12,2)' } }));

/** @param {number} count */
const zones = (count) => Array.from({ length: count }, (_, index) => ({ name: `zone${index}` }));

/**
 * Synthesizes a stack into a folder that is removed; returns the milliseconds from the new app to the assembly, by the clock and of the processor.
 * @param {(stack: Stack) => void} build
 * @param {(folder: string, template: any) => void} [look]
 */
function synthesize(build, look) {
  const cdk = require('aws-cdk-lib');
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-bench-'));
  try {
    const started = performance.now();
    const before = process.cpuUsage();
    const app = new cdk.App({ outdir, analyticsReporting: false });
    const stack = new cdk.Stack(app, 'Bench');
    build(stack);
    const [{ template, templateFullPath }] = app.synth().stacks;
    const milliseconds = performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    look?.(outdir, template);
    const resources = Object.keys(template.Resources).length;
    return { milliseconds, processor: (user + system) / 1000, resources, bytes: fs.statSync(templateFullPath).size };
  } finally {
    fs.rmSync(outdir, { recursive: true, force: true });
  }
}

/**
 * The default lake; `zoneCount` zones in place of its four.
 * @param {number} tableCount
 * @param {number} [zoneCount]
 * @returns {(stack: Stack) => void}
 */
const lake = (tableCount, zoneCount) => (stack) => {
  new (ours().DataLakeAccelerator)(stack, 'Lake', { tables: tables(tableCount), ...zoneCount ? { zones: zones(zoneCount) } : {} });
};

/** Writes the default lake once as an app of plain aws-cdk-lib, in the folder that is named. */
function preparePlain() {
  const folder = /** @type {string} */ (process.env.BENCH_PLAIN);
  /** @type {any} */
  let own;
  const measured = synthesize(lake(4), (outdir, template) => {
    own = template;
    fs.cpSync(outdir, folder, { recursive: true });
    writePlain(folder, path.join(folder, 'Bench.template.json'));
  });
  synthesize(plain, (_, template) => requireSame(template, own));
  return measured;
}

/** @param {Stack} stack */
function plain(stack) {
  const folder = /** @type {string} */ (process.env.BENCH_PLAIN);
  require(path.join(folder, 'plain.js'))(stack);
  addAssets(stack, folder);
}

/** The same template and assets as values that nobody has to work out: no class of a resource, no reference.
 * @param {Stack} stack */
function bare(stack) {
  const cdk = require('aws-cdk-lib');
  const folder = /** @type {string} */ (process.env.BENCH_PLAIN);
  const template = JSON.parse(fs.readFileSync(path.join(folder, 'Bench.template.json'), 'utf8'));
  for (const [id, { Type: type, Properties: properties }] of Object.entries(template.Resources)) new cdk.CfnResource(stack, id, { type, properties });
  addAssets(stack, folder);
}

/** What the peer has, too: three zones' buckets that log into a fourth, a catalog over them with crawlers, a workgroup; nothing that starts by itself.
 * @param {Stack} stack */
function storage(stack) {
  const { AccessLogBucket, AthenaWorkgroup, DataLakeZone, WorkflowStart, ZonedGlueCatalog } = ours();
  const { bucket: accessLogBucket } = new AccessLogBucket(stack, 'AccessLogs');
  const all = ['bronze', 'silver', 'gold'].map((name) => new DataLakeZone(stack, name, { zoneName: name, accessLogBucket }));
  new ZonedGlueCatalog(stack, 'Catalog', { zones: all, start: WorkflowStart.onDemand() });
  new AthenaWorkgroup(stack, 'Workgroup', { accessLogBucket });
}

/** @param {Stack} stack */
function peerStorage(stack) {
  const { consumption, governance, storage: { DataLakeStorage } } = peer();
  const dataLakeStorage = new DataLakeStorage(stack, 'Storage');
  new governance.DataLakeCatalog(stack, 'Catalog', { dataLakeStorage });
  new consumption.AthenaWorkGroup(stack, 'Workgroup', { name: 'bench', resultLocationPrefix: 'results/' });
}

/** Returns the milliseconds of loading a library over those of the CDK, with the class that an app begins with.
 * @param {() => unknown} load */
function loading(load) {
  // What every app has loaded before.
  const cdk = require('aws-cdk-lib');
  void [cdk.App, cdk.Stack];
  const started = performance.now();
  load();
  return { milliseconds: performance.now() - started };
}

/** @type {Record<string, () => { milliseconds: number, processor?: number, resources?: number, bytes?: number }>} */
const SUBJECTS = {
  'write-plain': preparePlain,
  'synth-lake': () => synthesize(lake(4)),
  'synth-plain': () => synthesize(plain),
  'synth-bare': () => synthesize(bare),
  'synth-storage': () => synthesize(storage),
  'synth-storage-peer': () => synthesize(peerStorage),
  'load': () => loading(() => ours().DataLakeAccelerator),
  'load-peer': () => loading(() => peer().storage.DataLakeStorage),
  ...Object.fromEntries([10, 40, 78, 90].map((count) => [`tables-${count}`, () => synthesize(lake(count))])),
  ...Object.fromEntries([3, 10, 20, 30].map((count) => [`zones-${count}`, () => synthesize(lake(4, count))])),
};

module.exports = { SUBJECTS };

if (require.main === module) process.stdout.write(JSON.stringify(SUBJECTS[process.argv[2]]()));
