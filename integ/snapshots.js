// @ts-check
// The committed snapshots of the integration tests: integ/<test>.ts.snapshot/.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const SUFFIX = '.ts.snapshot';

const tests = () => fs.readdirSync(__dirname).filter((name) => /^integ\..*\.ts$/.test(name)).map((name) => name.slice(0, -3)).sort();
const folders = () => fs.readdirSync(__dirname).filter((name) => name.endsWith(SUFFIX));

/** Returns a message for each test without a snapshot, and for each snapshot without a test. */
function incomplete() {
  const known = tests();
  const kept = folders().map((name) => name.slice(0, -SUFFIX.length));
  return [
    ...known.filter((name) => !kept.includes(name)).map((name) => `${name}.ts has no snapshot: npm run integ -- --update ${name}`),
    ...kept.filter((name) => !known.includes(name)).map((name) => `${name}${SUFFIX} has no test: remove it`),
  ];
}

/**
 * Rewrites a JSON file as the CDK writes it.
 * @param {string} file
 * @param {(content: any) => any} change
 */
function rewrite(file, change) {
  fs.writeFileSync(file, JSON.stringify(change(JSON.parse(fs.readFileSync(file, 'utf8'))), undefined, 1));
}

/** Removes what differs from machine to machine and from day to day, and is not compared. */
function normalize() {
  for (const folder of folders()) {
    for (const entry of fs.readdirSync(path.join(__dirname, folder))) {
      const file = path.join(__dirname, folder, entry);
      // Stack traces of the constructs, which contain paths of this machine.
      if (entry.endsWith('.metadata.json')) rewrite(file, withoutTraces);
      // A timestamp that makes CloudFormation call the assertions again.
      if (entry.endsWith('.template.json')) rewrite(file, withoutSalt);
    }
  }
}

/** @param {Record<string, { type: string, trace?: string[] }[]>} metadata */
function withoutTraces(metadata) {
  return Object.fromEntries(Object.entries(metadata).map(([construct, entries]) => [
    construct, entries.filter(({ type }) => type !== 'aws:cdk:creationStack').map(({ trace, ...rest }) => rest),
  ]));
}

/** @param {{ Resources?: Record<string, { Properties?: Record<string, unknown> }> }} template */
function withoutSalt(template) {
  for (const { Properties: properties } of Object.values(template.Resources ?? {})) {
    if (properties && 'salt' in properties) properties.salt = '0';
  }
  return template;
}

module.exports = { incomplete, normalize, tests };
