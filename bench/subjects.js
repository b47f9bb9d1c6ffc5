// @ts-check
// What is measured in a Node process of its own: `node bench/subjects.js NAME` does it once and prints a JSON object with `milliseconds`.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

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
 * Synthesizes a stack into a folder that is removed; returns the milliseconds from the new app to the assembly, and its template.
 * @param {(stack: Stack) => void} build
 * @param {(folder: string, template: any) => void} [look]
 */
function synthesize(build, look) {
  const cdk = require('aws-cdk-lib');
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-bench-'));
  try {
    const started = performance.now();
    const app = new cdk.App({ outdir, analyticsReporting: false });
    const stack = new cdk.Stack(app, 'Bench');
    build(stack);
    const [{ template, templateFullPath }] = app.synth().stacks;
    const milliseconds = performance.now() - started;
    look?.(outdir, template);
    return { milliseconds, resources: Object.keys(template.Resources).length, bytes: fs.statSync(templateFullPath).size };
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

/** The resources and assets of the default lake, each as the CDK's own construct without any logic: written once, in the folder that is named. */
function writePlain() {
  const folder = /** @type {string} */ (process.env.BENCH_PLAIN);
  return synthesize(lake(4), (outdir, template) => {
    fs.cpSync(outdir, folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'template.json'), JSON.stringify(template));
  });
}

/** @param {Stack} stack */
function plain(stack) {
  const cdk = require('aws-cdk-lib');
  const { Asset } = require('aws-cdk-lib/aws-s3-assets');
  const folder = /** @type {string} */ (process.env.BENCH_PLAIN);
  const template = JSON.parse(fs.readFileSync(path.join(folder, 'template.json'), 'utf8'));
  for (const [id, { Type: type, Properties: properties }] of Object.entries(template.Resources)) new cdk.CfnResource(stack, id, { type, properties });
  for (const name of fs.readdirSync(folder).filter((found) => found.startsWith('asset.'))) new Asset(stack, name, { path: path.join(folder, name) });
}

/** What the peer has, too: three zones' buckets, a catalog over them, a workgroup.
 * @param {Stack} stack */
function storage(stack) {
  const { AthenaWorkgroup, DataLakeZone, ZonedGlueCatalog } = ours();
  const all = ['bronze', 'silver', 'gold'].map((name) => new DataLakeZone(stack, name, { zoneName: name }));
  new ZonedGlueCatalog(stack, 'Catalog', { zones: all });
  new AthenaWorkgroup(stack, 'Workgroup');
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

/** @type {Record<string, () => { milliseconds: number, resources?: number, bytes?: number }>} */
const SUBJECTS = {
  'write-plain': writePlain,
  'synth-lake': () => synthesize(lake(4)),
  'synth-plain': () => synthesize(plain),
  'synth-storage': () => synthesize(storage),
  'synth-storage-peer': () => synthesize(peerStorage),
  'load': () => loading(() => ours().DataLakeAccelerator),
  'load-peer': () => loading(() => peer().storage.DataLakeStorage),
  ...Object.fromEntries([10, 40, 78, 90].map((count) => [`tables-${count}`, () => synthesize(lake(count))])),
  ...Object.fromEntries([3, 10, 20, 30].map((count) => [`zones-${count}`, () => synthesize(lake(4, count))])),
};

module.exports = { SUBJECTS };

if (require.main === module) process.stdout.write(JSON.stringify(SUBJECTS[process.argv[2]]()));
