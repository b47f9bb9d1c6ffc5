import { Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import {
  AuroraSink, AuroraSinkProps, CuratedSource, Curation, DataClassification, DataLakeAcceleratorProps, JobScript, LakeNetwork, PersonaTrust,
} from '../../src';
import { lakeIn } from '../audit/support';
import { nagErrors } from '../private/nag';
import { newStack, statementsOf, template } from '../zone/helpers';

const TABLES = ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name }));
const OTHER = Curation.fromScript({ tableName: 'other', script: JobScript.fromAsset('glue-assets/jobs/raw_to_curated.py') });

function sinkOf(options: Partial<AuroraSinkProps> = {}, props: Partial<DataLakeAcceleratorProps> = {}, stack = newStack()) {
  const network = options.network ?? new LakeNetwork(stack, 'Network').attachment();
  const sink = new AuroraSink(stack, 'Database', { ...options, network });
  const lake = lakeIn(stack, { tables: TABLES, curations: [Curation.sellerPerformance(), OTHER], sinks: [sink], ...props });
  return { stack, sink, lake };
}

function only(stack: Stack, type: string): any {
  const found = Object.values(template(stack).findResources(type));
  expect(found).toHaveLength(1);
  return found[0];
}

function loaderOf(stack: Stack): any {
  const [found, ...others] = Object.values(template(stack).findResources('AWS::Lambda::Function', { Properties: { Handler: 'aurora_load.handler' } }));
  expect(others).toEqual([]);
  return found.Properties;
}

describe('by default', () => {
  const { stack, sink, lake } = sinkOf();

  test('it pauses, is encrypted, closed, logged and kept, with a password that AWS keeps', () => {
    const key = stack.resolve(sink.encryptionKey.keyArn);
    expect(only(stack, 'AWS::RDS::DBCluster')).toMatchObject({
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
      Properties: {
        Engine: 'aurora-postgresql',
        EngineVersion: '16.13',
        DatabaseName: 'lake',
        ServerlessV2ScalingConfiguration: { MinCapacity: 0, MaxCapacity: 4, SecondsUntilAutoPause: 300 },
        ManageMasterUserPassword: true,
        MasterUserSecret: { KmsKeyId: key },
        StorageEncrypted: true,
        KmsKeyId: key,
        EnableHttpEndpoint: true,
        Port: 5432,
        BackupRetentionPeriod: 7,
        DeletionProtection: true,
        EnableCloudwatchLogsExports: ['postgresql'],
        AssociatedRoles: [{ FeatureName: 's3Import', RoleArn: stack.resolve(sink.importRole.roleArn) }],
      },
    });
    expect(only(stack, 'AWS::RDS::DBInstance').Properties).toMatchObject({ DBInstanceClass: 'db.serverless', PubliclyAccessible: false });
    expect(only(stack, 'AWS::RDS::DBClusterParameterGroup').Properties.Parameters).toMatchObject({ 'rds.force_ssl': '1' });
    expect(only(stack, 'AWS::RDS::DBSubnetGroup').Properties.SubnetIds).toEqual(
      (stack.node.findChild('Network') as LakeNetwork).privateSubnets.map(({ subnetId }) => stack.resolve(subnetId)));
    template(stack).hasResourceProperties('AWS::KMS::Key', { Description: 'Aurora database of the data lake', EnableKeyRotation: true });
    template(stack).hasResourceProperties('AWS::SecretsManager::Secret', { KmsKeyId: key });
  });

  test('nobody reaches it, and it reaches S3 by TLS and nothing else', () => {
    const [group] = Object.values(template(stack).findResources('AWS::EC2::SecurityGroup', { Properties: { GroupDescription: 'Data lake: Aurora' } }));
    expect(group.Properties.SecurityGroupIngress).toBeUndefined();
    expect(group.Properties.SecurityGroupEgress).toEqual([expect.objectContaining({ FromPort: 443, ToPort: 443, IpProtocol: 'tcp' })]);
    template(stack).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test('it loads all tables after their jobs; what fails is a dead letter', () => {
    expect(sink.tables).toEqual(['seller_performance', 'other']);
    const letters = stack.resolve(lake.deadLetterQueue.queue.queueArn);
    template(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { jobName: lake.curatedTriggers.map(({ job }) => stack.resolve(job.jobName)), state: ['SUCCEEDED'] } },
    });
    expect(loaderOf(stack)).toMatchObject({ DeadLetterConfig: { TargetArn: letters }, Timeout: 900 });
  });

  test('the database reads exports, and no table', () => {
    const text = JSON.stringify(statementsOf(stack, sink.importRole));
    expect(text).toContain('/export/*');
    expect(text).not.toContain('/tables');
    expect(text).not.toContain(stack.resolve(lake.zone('curated').bucket.bucketArn)['Fn::GetAtt'][0]);
  });

  test('the workgroup of the exports is not the one in which people query', () => {
    const described = Object.values(template(stack).findResources('AWS::Athena::WorkGroup')).map(({ Metadata }) => Metadata?.datalake?.kind);
    expect(described).toHaveLength(2);
    expect(described.filter((kind) => kind === 'workgroup')).toHaveLength(1);
  });

  test('cdk-nag finds nothing', () => {
    expect(nagErrors(stack)).toEqual([]);
  });
});

test('settings as they are given', () => {
  const stack = newStack();
  const network = new LakeNetwork(stack, 'Net');
  const peer = new ec2.SecurityGroup(stack, 'Peer', { vpc: network.vpc });
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Theirs', 'arn:aws:kms:eu-west-1:111122223333:key/abc');
  const { sink } = sinkOf({
    network: network.attachment(),
    tables: ['other'],
    capacity: { minAcu: 0.5, maxAcu: 8 },
    engineVersion: '17.7',
    databaseName: 'shop',
    peers: [peer],
    encryptionKey,
    ephemeral: true,
  }, {}, stack);
  expect(sink.tables).toEqual(['other']);
  const cluster = only(stack, 'AWS::RDS::DBCluster');
  expect(cluster).toMatchObject({
    DeletionPolicy: 'Delete',
    Properties: { EngineVersion: '17.7', DatabaseName: 'shop', KmsKeyId: encryptionKey.keyArn, DeletionProtection: false },
  });
  expect(cluster.Properties.ServerlessV2ScalingConfiguration).toEqual({ MinCapacity: 0.5, MaxCapacity: 8 });
  expect(only(stack, 'AWS::RDS::DBClusterParameterGroup').Properties.Family).toBe('aurora-postgresql17');
  template(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
    FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: stack.resolve(peer.securityGroupId),
  });
  expect(nagErrors(stack)).toEqual([]);
});

test('how long nobody is connected before it pauses', () => {
  const { stack } = sinkOf({ capacity: { pauseAfter: Duration.hours(1) } });
  expect(only(stack, 'AWS::RDS::DBCluster').Properties.ServerlessV2ScalingConfiguration.SecondsUntilAutoPause).toBe(3600);
});

describe('readers', () => {
  const lambda = new iam.ServicePrincipal('lambda.amazonaws.com');

  test('a reader and the analysts ask through the Data API, and read no other secret', () => {
    const stack = newStack();
    const reader = new iam.Role(stack, 'Reader', { assumedBy: lambda });
    const { sink } = sinkOf({ readers: [reader] }, { personas: { trust: PersonaTrust.account() } }, stack);
    const statements = statementsOf(stack, reader);
    expect(statements.filter(({ Action }) => Action === 'secretsmanager:GetSecretValue').map(({ Resource }) => Resource)).toEqual(
      [stack.resolve(sink.readerSecret.secretArn)]);
    expect(statements.flatMap(({ Action }) => [Action].flat()).sort()).toEqual(
      ['kms:Decrypt', 'rds-data:BatchExecuteStatement', 'rds-data:ExecuteStatement', 'secretsmanager:GetSecretValue']);
    expect(JSON.stringify(template(stack).toJSON()).match(/rds-data:BatchExecuteStatement/g)).toHaveLength(2);
  });

  test('where a table of a class is loaded, only who is cleared for it; the loader is', () => {
    const stack = newStack();
    const reader = new iam.Role(stack, 'Reader', { assumedBy: lambda });
    const curations = [Curation.sellerPerformance({ classification: DataClassification.SECRET }), OTHER];
    const { sink } = sinkOf({ readers: [reader], tables: ['seller_performance'] }, { curations }, stack);
    const conditions = statementsOf(stack, reader).filter(({ Action }) => [Action].flat().some((one) => /^(rds-data|secrets)/.test(one)));
    for (const { Condition } of conditions) expect(Condition).toEqual({ StringEquals: { 'aws:PrincipalTag/clearance': ['secret'] } });
    const role = template(stack).toJSON().Resources[stack.getLogicalId(sink.loadRole.node.defaultChild as any)];
    expect(role.Properties.Tags).toContainEqual({ Key: 'clearance', Value: 'secret' });
  });
});

describe('what is refused', () => {
  test.each<[string, Partial<AuroraSinkProps>, string | RegExp]>([
    ['a name of a database', { databaseName: 'La-ke' }, 'databaseName "La-ke" is not valid'],
    ['a name of PostgreSQL\'s own', { databaseName: 'postgres' }, 'databaseName "postgres" is not valid'],
    ['a version that does not pause', { engineVersion: '16.2' }, 'engineVersion "16.2" does not pause'],
    ['an older one', { engineVersion: '14.12' }, 'engineVersion "14.12" does not pause'],
    ['no version', { engineVersion: '16' }, 'engineVersion "16" does not pause while nobody is connected, or is not known'],
    ['capacity between the steps', { capacity: { minAcu: 0.3 } }, 'minAcu must be from 0 to 256 in steps of 0.5, got 0.3'],
    ['more than there is', { capacity: { maxAcu: 300 } }, 'maxAcu must be from 1 to 256'],
    ['a most below the least', { capacity: { minAcu: 8, maxAcu: 4 } }, 'maxAcu must be from 8 to 256 in steps of 0.5, got 4'],
    ['a pause without a pause', { capacity: { minAcu: 1, pauseAfter: Duration.hours(1) } }, 'pauseAfter is for a database with a minAcu of 0, got 1'],
    ['a pause that is too short', { capacity: { pauseAfter: Duration.minutes(1) } }, /pauseAfter/],
    ['an unknown table', { tables: ['orders'] }, 'loads "orders", which is no curated table of the lake'],
  ])('%s', (_, options, message) => {
    expect(() => sinkOf(options)).toThrow(message);
  });

  const vpcOf = (stack: Stack, maxAzs: number, props: ec2.VpcProps = {}) => new ec2.Vpc(stack, 'Vpc', {
    maxAzs, natGateways: 0, subnetConfiguration: [{ name: 'p', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }], restrictDefaultSecurityGroup: false, ...props,
  });

  test('one Availability Zone', () => {
    const stack = newStack();
    expect(() => sinkOf({ network: { vpc: vpcOf(stack, 1) } }, {}, stack)).toThrow(/has subnets in 1 Availability Zone of VPC '.*': Aurora needs subnets in 2/);
  });

  test('subnets without a way to S3', () => {
    const stack = newStack();
    sinkOf({ network: { vpc: vpcOf(stack, 2) } }, {}, stack);
    expect(() => template(stack)).toThrow('which has no way to S3');
  });

  test('given security groups', () => {
    const stack = newStack();
    const network = new LakeNetwork(stack, 'Net');
    const group = new ec2.SecurityGroup(stack, 'Group', { vpc: network.vpc });
    expect(() => sinkOf({ network: network.attachment({ securityGroups: [group] }) }, {}, stack)).toThrow('name who may connect in peers');
  });

  test('a second lake, and none', () => {
    const { sink, lake } = sinkOf();
    const source = new CuratedSource({ catalog: lake.catalog, curatedTables: lake.curatedTriggers, deadLetterQueue: lake.deadLetterQueue.queue });
    expect(() => sink.bind(source)).toThrow('has its tables already: give it to one lake');
    const stack = newStack();
    const alone = new AuroraSink(stack, 'Alone', { network: new LakeNetwork(stack, 'Network').attachment() });
    expect(() => alone.tables).toThrow('loads nothing: give it to a lake in sinks');
    expect(() => template(stack)).toThrow('loads nothing');
  });
});

test('a loader that fails raises an alarm', () => {
  const { stack } = sinkOf({}, { monitoring: {} });
  expect(Object.values(template(stack).findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties.AlarmDescription)).toContainEqual(
    expect.stringContaining('the loads of the sink Database failed'));
});
