import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { lakeIn } from './support';
import { DataLakeZone, DiscoveryDay, SensitiveDataDiscovery, SensitiveDataOptions } from '../../src';
import { nagErrors } from '../private/nag';
import { newStack, propertiesOf, resourceOf, template } from '../zone/helpers';

function discoveryOf(options: SensitiveDataOptions = {}, monitoring?: object) {
  const stack = newStack();
  const lake = lakeIn(stack, { sensitiveData: options, monitoring });
  return { stack, lake, discovery: lake.sensitiveData! };
}

function jobOf(stack: Stack): any {
  const [job] = Object.values(template(stack).findResources('Custom::DataLakeMacieJob'));
  return job;
}

test('none by default', () => {
  const stack = newStack();
  expect(lakeIn(stack).sensitiveData).toBeUndefined();
  template(stack).resourceCountIs('Custom::DataLakeMacieJob', 0);
});

test('a weekly job on the buckets of all zones, a tenth of the objects', () => {
  const { stack, lake } = discoveryOf();
  expect(jobOf(stack).Properties).toMatchObject({
    AccountId: { Ref: 'AWS::AccountId' }, Buckets: lake.zones.map(({ bucket }) => stack.resolve(bucket.bucketName)), SamplingPercentage: 10, DayOfWeek: 'SUNDAY',
  });
});

test('depth and day', () => {
  expect(jobOf(discoveryOf({ samplingPercentage: 100, day: DiscoveryDay.FRIDAY }).stack).Properties).toMatchObject({ SamplingPercentage: 100, DayOfWeek: 'FRIDAY' });
});

test('the zones\' keys admit Macie\'s role, which may not exist yet, before the job is there', () => {
  const { stack, lake } = discoveryOf();
  const role = stack.resolve(`arn:${stack.partition}:iam::${stack.account}:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie`);
  for (const { encryptionKey } of lake.zones) {
    expect(propertiesOf(stack, encryptionKey).KeyPolicy.Statement).toContainEqual({
      Sid: 'Macie',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } }, ArnEquals: { 'aws:PrincipalArn': role } },
    });
    expect(jobOf(stack).DependsOn).toContain(stack.getLogicalId(encryptionKey.node.defaultChild as any));
  }
});

test('an imported key is not changed: the warning says what it needs', () => {
  const stack = newStack();
  const zone = DataLakeZone.fromZoneAttributes(stack, 'Zone', {
    zoneName: 'theirs', bucketArn: 'arn:aws:s3:::theirs', encryptionKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/abc',
  });
  new SensitiveDataDiscovery(stack, 'Discovery', { zones: [zone] });
  Annotations.fromStack(stack).hasWarning('/Stack/Discovery', Match.stringLikeRegexp('the policy of an imported key .*zone \'theirs\'.*AWSServiceRoleForAmazonMacie'));
});

test('findings go to the topic of the monitoring, and its policies let the rule publish', () => {
  const { stack, lake, discovery } = discoveryOf({}, {});
  const topic = stack.resolve(lake.monitoring!.topic.topicArn);
  expect(resourceOf(stack, discovery.findingsRule!).Properties).toMatchObject({
    EventPattern: { 'source': ['aws.macie'], 'detail-type': ['Macie Finding'] }, Targets: [{ Arn: topic }],
  });
  template(stack).hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({
        Action: 'sns:Publish', Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': stack.resolve(discovery.findingsRule!.ruleArn) } },
      })]),
    },
  });
  expect(propertiesOf(stack, lake.monitoring!.alarmTopic!.encryptionKey).KeyPolicy.Statement).toContainEqual({
    Sid: 'Events', Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: '*',
  });
});

test('without monitoring there is no rule', () => {
  expect(discoveryOf().discovery.findingsRule).toBeUndefined();
});

test.each([0, 101, 1.5])('a depth of %s is refused', (samplingPercentage) => {
  expect(() => discoveryOf({ samplingPercentage })).toThrow('samplingPercentage must be a whole number from 1 to 100 percent');
});

test('no zones are refused', () => {
  expect(() => new SensitiveDataDiscovery(newStack(), 'Discovery', { zones: [] })).toThrow('sensitive data is looked for in no zone');
});

test('cdk-nag finds nothing', () => {
  expect(nagErrors(discoveryOf({}, {}).stack)).toEqual([]);
});
