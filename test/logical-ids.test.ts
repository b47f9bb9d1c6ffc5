import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LOGICAL_IDS } from './logical-ids';
import {
  AthenaWorkgroup, CuratedTrigger, Curation, DataLakeAccelerator, DataLakeZone, IPythonLayers, JobScript, PythonLayers, ZonedGlueCatalog,
} from '../src';
import { STATEFUL_TYPES } from './upgrade/guard';

const SCRIPT = path.join(__dirname, '..', 'glue-assets', 'jobs', 'raw_to_curated.py');
const OLIST = ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name }));

/** Whatever of a lake is there to stay, on its own and together. */
const LAKES: Record<string, (stack: Stack, layers: IPythonLayers) => void> = {
  'the default lake': (stack, layers) => {
    new DataLakeAccelerator(stack, 'Lake', { tables: OLIST, layers, curation: Curation.sellerPerformance() });
  },
  'a lake with zones and streams of its own': (stack, layers) => {
    new DataLakeAccelerator(stack, 'Lake', {
      tables: [{ name: 'web_orders' }, { name: 'orders2' }],
      layers,
      zones: [
        { name: 'in-box', dataStreams: [{ name: 'web-clicks' }, { name: 'web_views' }] },
        { name: 'in_store', dataStreams: [] },
        { name: 'mart-2' },
        { name: 'lab_1', standalone: true },
      ],
      curation: Curation.fromScript({ tableName: 'best', requiredTables: ['web_orders'], script: JobScript.fromAsset(SCRIPT) }),
    });
  },
  'a DataLakeZone': (stack, layers) => {
    const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', layers });
    new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, layers });
  },
  'a ZonedGlueCatalog and a CuratedTrigger': (stack, layers) => {
    const zones = ['a', 'b', 'c'].map((zoneName) => new DataLakeZone(stack, zoneName, { zoneName, layers }));
    const catalog = new ZonedGlueCatalog(stack, 'Catalog', { zones, tables: OLIST });
    new CuratedTrigger(stack, 'Curation', { catalog, curation: Curation.sellerPerformance() });
  },
  'an AthenaWorkgroup': (stack) => {
    new AthenaWorkgroup(stack, 'Workgroup');
  },
};

function statefulOf(make: (stack: Stack, layers: IPythonLayers) => void): Record<string, string[]> {
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
  make(stack, PythonLayers.fromAwsSdkForPandas(stack, 'Layers', { runtime: lambda.Runtime.PYTHON_3_14 }));
  const resources = Object.entries<any>(Template.fromStack(stack).toJSON().Resources);
  return Object.fromEntries(STATEFUL_TYPES
    .map((type) => [type, resources.filter(([, { Type }]) => Type === type).map(([id]) => id).sort()] as const)
    .filter(([, ids]) => ids.length));
}

test.each(Object.keys(LAKES))('logical ids of what holds data in %s are a contract: another one replaces a user\'s bucket', (name) => {
  expect(statefulOf(LAKES[name])).toEqual(LOGICAL_IDS[name]);
});

test('no list is left over', () => {
  expect(Object.keys(LOGICAL_IDS)).toEqual(Object.keys(LAKES));
});
