import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { compare, Templates, withoutAllowed, wrongEntries } from './guard';
import { DataLakeAccelerator, PythonLayers } from '../../src';

/** A lake's template, with something changed in it. */
function lake(change: (resources: Record<string, any>) => void = () => {}): Templates {
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Lake');
  new DataLakeAccelerator(stack, 'Lake', { tables: [{ name: 'orders' }], layers: PythonLayers.fromAwsSdkForPandas(stack, 'Layers') });
  const template = Template.fromStack(stack).toJSON();
  change(template.Resources);
  return { Lake: template };
}

const BUCKET = 'LakeZonerawBucketD7F34696';
const KEY = 'LakeZonerawKey8D6D0ACD';
const DATABASE = 'LakeCatalogDatabaseraw056FCE1D';
const QUEUE = 'LakeZonedropStreamincomingQueue08FAF01A';
const upgraded = (change: (resources: Record<string, any>) => void) => compare(lake(), lake(change)).map(({ message }) => message);

test('the same lake: nothing', () => {
  expect(upgraded(() => {})).toEqual([]);
});

test.each<[string, (resources: Record<string, any>) => void, RegExp]>([
  ['another logical id of a bucket', (all) => { all.RenamedBucket = all[BUCKET]; delete all[BUCKET]; },
    new RegExp(`^Lake/${BUCKET} \\(AWS::S3::Bucket\\) would be left behind, out of the stack: it is in the template no more\\. Give its construct the id`)],
  ['a queue that is gone with the stack', (all) => { all[QUEUE].DeletionPolicy = 'Delete'; delete all[QUEUE]; }, new RegExp(`^Lake/${QUEUE} .*no more`)],
  ['a bucket\'s name', (all) => { all[BUCKET].Properties.BucketName = 'mine'; },
    new RegExp(`^Lake/${BUCKET} \\(AWS::S3::Bucket\\) (would|may) be replaced, because BucketName changes from \\(nothing\\) to "mine"\\. Leave that property`)],
  ['a key\'s KeySpec', (all) => { all[KEY].Properties.KeySpec = 'RSA_2048'; },
    new RegExp(`^Lake/${KEY} \\(AWS::KMS::Key\\) .*because KeySpec changes from \\(nothing\\) to "RSA_2048"`)],
  ['a database\'s name', (all) => { all[DATABASE].Properties.DatabaseInput.Name = 'other'; },
    new RegExp(`^Lake/${DATABASE} \\(AWS::Glue::Database\\) .*because DatabaseInput\\.Name changes from ".*_raw" to "other"`)],
  ['a queue that becomes FIFO', (all) => { all[QUEUE].Properties.FifoQueue = true; },
    new RegExp(`^Lake/${QUEUE} \\(AWS::SQS::Queue\\) would be replaced, because FifoQueue changes from \\(nothing\\) to true`)],
  ['a log group\'s name', (all) => { Object.values(all).find(({ Type }) => Type === 'AWS::Logs::LogGroup').Properties.LogGroupName = 'x'; }, /\(AWS::Logs::LogGroup\) .*LogGroupName/],
  ['a workgroup\'s name', (all) => { Object.values(all).find(({ Type }) => Type === 'AWS::Athena::WorkGroup').Properties.Name = 'x'; }, /\(AWS::Athena::WorkGroup\) .*Name changes/],
  ['another type', (all) => { all[BUCKET].Type = 'AWS::S3Express::DirectoryBucket'; }, /would become a AWS::S3Express::DirectoryBucket/],
])('%s is refused once, by name', (_, change, message) => {
  const found = upgraded(change).filter((one) => message.test(one));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('test/upgrade/allowed.json');
});

test.each<[string, (resources: Record<string, any>) => void]>([
  ['a lifecycle', (all) => { all[BUCKET].Properties.LifecycleConfiguration.Rules[0].Status = 'Disabled'; }],
  ['a tag, a key\'s policy, a queue\'s timeout', (all) => {
    all[BUCKET].Properties.Tags = [{ Key: 'a', Value: 'b' }];
    all[KEY].Properties.KeyPolicy.Statement.pop();
    all[QUEUE].Properties.VisibilityTimeout = 1;
    all[DATABASE].Properties.DatabaseInput.Description = 'x';
  }],
  ['a function of its own is replaced', (all) => { Object.values(all).find(({ Type }) => Type === 'AWS::Lambda::Function').Properties.FunctionName = 'x'; }],
  ['another bucket', (all) => { all.New = { Type: 'AWS::S3::Bucket' }; }],
])('%s changes: fine', (_, change) => {
  expect(upgraded(change)).toEqual([]);
});

test('a stack that is new, or that is gone, has nothing to compare', () => {
  expect(compare({ Old: lake().Lake }, { New: lake().Lake })).toEqual([]);
});

describe('an intended replacement', () => {
  const findings = compare(lake(), lake((all) => { all[QUEUE].Properties.FifoQueue = true; })).filter(({ logicalId }) => logicalId === QUEUE);
  const entry = { test: 'integ.lake.ts', stack: 'Lake', logicalId: QUEUE, reason: '2.0: order matters' };

  test('passes when it is in the list, and only that', () => {
    expect(withoutAllowed('integ.lake.ts', findings, [entry])).toEqual([]);
    expect(withoutAllowed('integ.lake.ts', findings, [])).toEqual([expect.stringContaining(`integ.lake.ts: Lake/${QUEUE}`)]);
    for (const other of [{ test: 'integ.other.ts' }, { stack: 'Other' }, { logicalId: BUCKET }]) {
      expect(withoutAllowed('integ.lake.ts', findings, [{ ...entry, ...other }])).toHaveLength(1);
    }
  });

  test('needs a reason, and goes from the list with its cause', () => {
    expect(wrongEntries([entry], { 'integ.lake.ts': findings })).toEqual([]);
    expect(wrongEntries([{ ...entry, reason: ' ' }], { 'integ.lake.ts': findings })).toEqual([expect.stringContaining('gives no reason')]);
    expect(wrongEntries([entry], { 'integ.lake.ts': [] })).toEqual([`test/upgrade/allowed.json: integ.lake.ts Lake/${QUEUE} allows what does not happen: remove the entry`]);
  });
});
