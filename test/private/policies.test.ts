import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AlarmTopic, DataLakeZone, SensitiveDataDiscovery, ZonedGlueCatalog } from '../../src';
import { dashboardIn, OLIST, warehouseOf } from '../warehouse/support';
import { newStack, warnings } from '../zone/helpers';

const ARN = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const imported = (stack: Stack) => kms.Key.fromKeyArn(stack, 'Theirs', ARN);

/** A catalog whose undelivered events go to a queue. */
function catalogIn(stack: Stack, deadLetterQueue: sqs.IQueue): void {
  const zones = ['drop', 'raw'].map((zoneName) => new DataLakeZone(stack, zoneName, { zoneName }));
  new ZonedGlueCatalog(stack, 'Catalog', { zones, tables: [{ name: 'orders' }], deadLetterQueue });
}

const importedQueue = (stack: Stack, keyArn?: string) => sqs.Queue.fromQueueAttributes(stack, 'Letters', { queueArn: 'arn:aws:sqs:eu-west-1:111122223333:letters', keyArn });

test.each<[string, (stack: Stack) => Stack | void, RegExp]>([
  ['the key of a topic', (stack) => { new AlarmTopic(stack, 'Topic', { encryptionKey: imported(stack) }); },
    /policy of an imported key .+ alarms do not reach the topic: \{"Action":\["kms:Decrypt","kms:GenerateDataKey\*"\].+cloudwatch\.amazonaws\.com/],
  ['the queue of a rule', (stack) => catalogIn(stack, importedQueue(stack)),
    /policy of an imported queue .+ events of rules do not reach the queue: \{"Action":"sqs:SendMessage".+events\.amazonaws\.com/],
  ['the key of such a queue', (stack) => catalogIn(stack, importedQueue(stack, ARN)),
    /policy of an imported key .+ events of rules do not reach the queue: \{"Action":\["kms:Decrypt","kms:GenerateDataKey"\].+events\.amazonaws\.com/],
  ['the key of a zone that Macie reads', (stack) => {
    new SensitiveDataDiscovery(stack, 'Discovery', { zones: [new DataLakeZone(stack, 'Zone', { zoneName: 'raw', encryptionKey: imported(stack) })] });
  }, /policy of an imported key .+ Macie skips the objects of zone 'raw': \{"Action":"kms:Decrypt"/],
  ['the key of a secret that QuickSight reads', () => {
    const made = newStack();
    return warehouseOf({ encryptionKey: imported(made) }, dashboardIn(OLIST), made).stack;
  }, /policy of an imported key .+ QuickSight cannot read the secret of its database user: \{"Action":"kms:Decrypt"/],
])('%s whose policy cannot be changed: a warning has the statement', (_, make, message) => {
  const stack = newStack();
  expect(warnings(make(stack) ?? stack)).toContainEqual(expect.stringMatching(message));
});

test('of a key and a queue of this app nothing is said', () => {
  const stack = newStack();
  new AlarmTopic(stack, 'Topic', { encryptionKey: new kms.Key(stack, 'Key') });
  catalogIn(stack, new sqs.Queue(stack, 'Letters', { encryptionMasterKey: new kms.Key(stack, 'KeyOfLetters') }));
  expect(warnings(stack)).toEqual([]);
});
