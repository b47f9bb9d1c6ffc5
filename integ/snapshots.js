// The committed snapshots of the integration tests: integ/<test>.ts.snapshot/.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const SUFFIX = '.ts.snapshot';

const tests = () => fs.readdirSync(__dirname).filter((name) => /^integ\..*\.ts$/.test(name)).map((name) => name.slice(0, -3)).sort();
const folders = () => fs.readdirSync(__dirname).filter((name) => name.endsWith(SUFFIX));

/** Tests without a snapshot, and snapshots without a test: in words. */
function incomplete() {
  const known = tests();
  const kept = folders().map((name) => name.slice(0, -SUFFIX.length));
  return [
    ...known.filter((name) => !kept.includes(name)).map((name) => `${name}.ts has no snapshot: npm run integ -- --update ${name}`),
    ...kept.filter((name) => !known.includes(name)).map((name) => `${name}${SUFFIX} has no test: remove it`),
  ];
}

/** Takes a copy of all snapshots; what comes back can put them in place again. */
function keep() {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-snapshots-'));
  for (const name of folders()) fs.cpSync(path.join(__dirname, name), path.join(copy, name), { recursive: true });
  return {
    restore() {
      for (const name of folders()) fs.rmSync(path.join(__dirname, name), { recursive: true, force: true });
      for (const name of fs.readdirSync(copy)) fs.cpSync(path.join(copy, name), path.join(__dirname, name), { recursive: true });
    },
    forget: () => fs.rmSync(copy, { recursive: true, force: true }),
  };
}

/** Rewrites a JSON file as the CDK writes it. */
function rewrite(file, change) {
  fs.writeFileSync(file, JSON.stringify(change(JSON.parse(fs.readFileSync(file, 'utf8'))), undefined, 1));
}

/** What differs from machine to machine and from day to day, and is no part of what is compared. */
function normalize() {
  for (const folder of folders()) {
    for (const entry of fs.readdirSync(path.join(__dirname, folder))) {
      const file = path.join(__dirname, folder, entry);
      // Where in the source each construct was made is full of this machine's paths.
      if (entry.endsWith('.metadata.json')) rewrite(file, withoutTraces);
      // A time that makes CloudFormation call the assertions again.
      if (entry.endsWith('.template.json')) rewrite(file, withoutSalt);
    }
  }
}

function withoutTraces(metadata) {
  return Object.fromEntries(Object.entries(metadata).map(([construct, entries]) => [
    construct, entries.filter(({ type }) => type !== 'aws:cdk:creationStack').map(({ trace, ...rest }) => rest),
  ]));
}

function withoutSalt(template) {
  for (const { Properties: properties } of Object.values(template.Resources ?? {})) {
    if (properties && 'salt' in properties) properties.salt = '0';
  }
  return template;
}

module.exports = { incomplete, keep, normalize, tests };
