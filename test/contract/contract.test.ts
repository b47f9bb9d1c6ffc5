import * as fs from 'fs';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Curation, DataLakeAccelerator, PersonaTrust, TableFormat } from '../../src';
import { CLASSES, CLASSIFICATION, CLEARANCE } from '../../src/access/classes';
import { METRIC_LINE } from '../../src/audit/landed-rows';
import { ARCHIVE_CLASSES, MISSING_LAYERS, WARNINGS } from '../../src/private/annotations';
import { METADATA_KEY } from '../../src/private/metadata';
import { COLUMN_SETTINGS } from '../../src/table/column-options';
import { canonicalType, DECIMAL, MAX_LENGTH, TYPE_NAMES } from '../../src/table/column-type';
import { CSV_DEFAULTS } from '../../src/table/csv-options';
import { DROP_TO_RAW, RAW_TO_CURATED } from '../../src/table/job-arguments';
import { CLASSIFIED_VARIABLES, NEXT_ZONE_VARIABLES, STREAM_VARIABLES } from '../../src/zone/handler-environment';
import { PREFIXES, RESERVED_PREFIXES } from '../../src/zone/layout';

const contract = JSON.parse(fs.readFileSync(path.join(__dirname, 'lake-contract.json'), 'utf8'));
const { about, ...jobArguments } = contract.jobArguments;

/** The contract, and what the constructs make of it. */
const AGREED: [string, unknown, unknown][] = [
  ['prefixes', contract.prefixes, PREFIXES],
  ['prefixes of the lake itself', contract.reservedPrefixes, RESERVED_PREFIXES],
  ['names of column types', contract.columnTypes.names, TYPE_NAMES],
  ['decimals', contract.columnTypes.decimal, DECIMAL],
  ['lengths of text', contract.columnTypes.maxLength, MAX_LENGTH],
  ['settings of columns', contract.columnSettings.names, COLUMN_SETTINGS],
  ['CSV options', contract.csvOptions, CSV_DEFAULTS],
  ['arguments of jobs', jobArguments, { drop_to_raw: DROP_TO_RAW, raw_to_curated: RAW_TO_CURATED }],
  ['environment of handlers', contract.handlerEnvironment, { always: STREAM_VARIABLES, withNextZone: NEXT_ZONE_VARIABLES, classified: CLASSIFIED_VARIABLES }],
  ['classes of data', contract.classification, { tag: CLASSIFICATION, clearanceTag: CLEARANCE, classes: CLASSES }],
  ['line of metrics', contract.metricLine, METRIC_LINE],
  ['table formats', contract.tableFormats, { parquet: TableFormat.PARQUET.bind() }],
  ['ids of warnings', contract.annotations.warnings, warningIds()],
  ['annotations that lake acts on', contract.annotations.recognized, { [MISSING_LAYERS]: ['runtime', 'architecture'] }],
  ['the key of the metadata', contract.metadata.key, METADATA_KEY],
];

function warningIds(): string[] {
  return Object.values(WARNINGS).flatMap((id) => typeof id === 'string' ? [id] : ARCHIVE_CLASSES.map(id)).sort();
}

test.each(AGREED)('%s', (_, agreed, ours) => {
  expect(ours).toEqual(agreed);
});

test('the contract has no part that this test leaves out', () => {
  expect(about).toBeDefined();
  expect(Object.keys(contract).sort()).toEqual([
    'about', 'annotations', 'classification', 'columnSettings', 'columnTypes', 'csvOptions', 'handlerEnvironment', 'jobArguments', 'metadata', 'metricLine', 'prefixes', 'reservedPrefixes',
    'tableFiles', 'tableFormats',
  ]);
});

test.each(Object.entries(contract.columnTypes.valid))('the type %p is %s', (declared, canonical) => {
  expect(canonicalType(declared)).toBe(canonical);
});

test.each(contract.columnTypes.invalid as string[])('the type %p is refused', (declared) => {
  expect(() => canonicalType(declared)).toThrow(/^is not (known|valid): use /);
});

describe('the metadata of a lake\'s resources', () => {
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
  new DataLakeAccelerator(stack, 'Lake', {
    tables: ['order_items', 'order_reviews', 'closed_deals'].map((name, index) => ({ name, classification: CLASSES[index] })),
    zones: [
      { name: 'drop', dataStreams: [{ name: 'clicks', classification: CLASSES[1] }] }, { name: 'raw' }, { name: 'curated' }, { name: 'sandbox', standalone: true },
    ],
    personas: { trust: PersonaTrust.account() },
    curation: Curation.sellerPerformance(),
    network: { vpc: new ec2.Vpc(stack, 'Vpc', { natGateways: 0, subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] }) },
  });
  const described = Object.values<any>(Template.fromStack(stack).toJSON().Resources).map(({ Metadata }) => Metadata?.[METADATA_KEY]).filter(Boolean);
  const kinds: Record<string, string[]> = contract.metadata.kinds;

  test('has the kinds that the contract names', () => {
    expect([...new Set(described.map(({ kind }) => kind))].sort()).toEqual(Object.keys(kinds).sort());
  });

  test.each(Object.keys(kinds))('%s has the fields that the contract names', (kind) => {
    const found = described.filter((one) => one.kind === kind).map((one) => Object.keys(one).filter((field) => field !== 'kind'));
    const always = kinds[kind].filter((field) => !field.endsWith('?'));
    expect(new Set(found.flat())).toEqual(new Set(kinds[kind].map((field) => field.replace('?', ''))));
    for (const fields of found) expect(fields).toEqual(expect.arrayContaining(always));
  });
});
