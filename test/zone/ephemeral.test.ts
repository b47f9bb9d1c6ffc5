import { dropZone, newStack, template, warnings } from './helpers';
import { DataLakeZone } from '../../src';

test('everything goes with the stack, the data included', () => {
  const stack = newStack();
  const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', ephemeral: true });
  new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, ephemeral: true });

  for (const type of ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup']) {
    template(stack).allResources(type, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  }
  template(stack).resourceCountIs('Custom::S3AutoDeleteObjects', 4);
  template(stack).allResourcesProperties('AWS::KMS::Key', { PendingWindowInDays: 7 });
});

test('the log of the function that empties the buckets goes too: it is in a group of the stack', () => {
  const stack = newStack();
  const { drop } = dropZone(stack, { ephemeral: true });
  new DataLakeZone(stack, 'Other', { zoneName: 'other', ephemeral: true });

  expect(drop.ephemeral).toBe(true);
  template(stack).hasResourceProperties('AWS::Lambda::Function', {
    Handler: 'index.handler',
    LoggingConfig: { LogGroup: { Ref: 'DataLakeAutoDeleteLogsD8A99EC1' } },
  });
  expect(Object.keys(template(stack).findResources('AWS::Logs::LogGroup'))).toHaveLength(2);
});

test('warns once a stack', () => {
  const stack = newStack();
  dropZone(stack, { ephemeral: true });
  new DataLakeZone(stack, 'Other', { zoneName: 'other', ephemeral: true });

  expect(warnings(stack)).toEqual([expect.stringContaining(
    'ephemeral is true: destroying this stack deletes the data lake with all of its data, every version of it; leave ephemeral out in production')]);
});

test('an explicit false is obeyed', () => {
  const stack = newStack();
  dropZone(stack, { ephemeral: false });

  expect(warnings(stack)).toEqual([]);
  template(stack).resourceCountIs('Custom::S3AutoDeleteObjects', 0);
});
