import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { addWarehouse, warehouseOf } from './support';
import { Curation, DataClassification, JobScript, LakeNetwork, TableDistribution, UsagePeriod, Warehouse } from '../../src';
import { lakeIn } from '../audit/support';
import { nagErrors } from '../private/nag';
import { newStack, statementsOf, template } from '../zone/helpers';

const LOGS = ['connectionlog', 'useractivitylog', 'userlog'];

function only(stack: Stack, type: string): any {
  const found = Object.values(template(stack).findResources(type));
  expect(found).toHaveLength(1);
  return found[0];
}

test('none by default', () => {
  const stack = newStack();
  expect(lakeIn(stack).warehouse).toBeUndefined();
  template(stack).resourceCountIs('AWS::RedshiftServerless::Workgroup', 0);
  template(stack).resourceCountIs('AWS::Redshift::Cluster', 0);
});

describe('serverless, the default', () => {
  test('closed, encrypted, logged, with a password that AWS keeps', () => {
    const { stack, warehouse, lake } = warehouseOf();
    const key = stack.resolve(warehouse.encryptionKey.keyArn);
    expect(only(stack, 'AWS::RedshiftServerless::Namespace')).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        DbName: 'lake', ManageAdminPassword: true, KmsKeyId: key, LogExports: LOGS, IamRoles: [stack.resolve(warehouse.copyRole.roleArn)],
      },
    });
    expect(only(stack, 'AWS::RedshiftServerless::Namespace').Properties.AdminUserPassword).toBeUndefined();
    expect(only(stack, 'AWS::RedshiftServerless::Workgroup').Properties).toMatchObject({
      BaseCapacity: 8,
      MaxCapacity: 64,
      EnhancedVpcRouting: true,
      PubliclyAccessible: false,
      Port: 5439,
      SubnetIds: (stack.node.findChild('Network') as LakeNetwork).privateSubnets.map(({ subnetId }) => stack.resolve(subnetId)),
      ConfigParameters: [
        { ParameterKey: 'enable_user_activity_logging', ParameterValue: 'true' }, { ParameterKey: 'require_ssl', ParameterValue: 'true' },
      ],
    });
    expect(lake.warehouse!.databaseName).toBe('lake');
    template(stack).hasResourceProperties('AWS::KMS::Key', { Description: 'Warehouse of the data lake', EnableKeyRotation: true });
  });

  test('a usage limit, which CloudFormation has no type for', () => {
    const { stack } = warehouseOf();
    expect(only(stack, 'Custom::DataLakeUsageLimit').Properties).toMatchObject({ RpuHours: 100, Period: 'monthly', BreachAction: 'deactivate' });
  });

  test('capacity and limit as they are given', () => {
    const usageLimit = { rpuHours: 9, period: UsagePeriod.WEEKLY };
    const { stack } = warehouseOf({ compute: Warehouse.serverless({ baseRpu: 16, maxRpu: 24, usageLimit }) });
    expect(only(stack, 'AWS::RedshiftServerless::Workgroup').Properties).toMatchObject({ BaseCapacity: 16, MaxCapacity: 24 });
    expect(only(stack, 'Custom::DataLakeUsageLimit').Properties).toMatchObject({ RpuHours: 9, Period: 'weekly' });
  });

  test('an ephemeral one goes with its stack', () => {
    const { stack } = warehouseOf({}, { ephemeral: true });
    expect(only(stack, 'AWS::RedshiftServerless::Namespace').DeletionPolicy).toBe('Delete');
  });
});

describe('provisioned', () => {
  test('four nodes, closed, encrypted, logged; a snapshot is what is left of it', () => {
    const { stack, warehouse } = warehouseOf({ compute: Warehouse.provisioned() });
    expect(only(stack, 'AWS::Redshift::Cluster')).toMatchObject({
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
      Properties: {
        ClusterType: 'multi-node',
        NodeType: 'ra3.large',
        NumberOfNodes: 4,
        DBName: 'lake',
        ManageMasterPassword: true,
        Encrypted: true,
        KmsKeyId: stack.resolve(warehouse.encryptionKey.keyArn),
        EnhancedVpcRouting: true,
        PubliclyAccessible: false,
        Port: 5439,
        LoggingProperties: { LogDestinationType: 'cloudwatch', LogExports: LOGS },
        IamRoles: [stack.resolve(warehouse.copyRole.roleArn)],
      },
    });
    expect(only(stack, 'AWS::Redshift::ClusterParameterGroup').Properties.Parameters).toContainEqual({ ParameterName: 'require_ssl', ParameterValue: 'true' });
    template(stack).resourceCountIs('Custom::DataLakeUsageLimit', 0);
  });

  test('one node', () => {
    const { stack } = warehouseOf({ compute: Warehouse.provisioned({ nodes: 1 }) });
    const { ClusterType, NumberOfNodes } = only(stack, 'AWS::Redshift::Cluster').Properties;
    expect([ClusterType, NumberOfNodes]).toEqual(['single-node', undefined]);
  });

  test('an ephemeral one leaves no snapshot', () => {
    const { stack } = warehouseOf({ compute: Warehouse.provisioned() }, { ephemeral: true });
    expect(only(stack, 'AWS::Redshift::Cluster').DeletionPolicy).toBe('Delete');
  });
});

test('database and key as they are given', () => {
  const stack = newStack();
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Theirs', 'arn:aws:kms:eu-west-1:111122223333:key/abc');
  addWarehouse(stack, { databaseName: 'sales', encryptionKey });
  expect(only(stack, 'AWS::RedshiftServerless::Namespace').Properties).toMatchObject({ DbName: 'sales', KmsKeyId: encryptionKey.keyArn });
});

test.each(['Lake', '1lake', 'la-ke', ''])('a database "%s" is refused', (databaseName) => {
  expect(() => warehouseOf({ databaseName })).toThrow(`databaseName "${databaseName}" is not valid`);
});

describe('who reaches it', () => {
  function ingressOf(stack: Stack): any[] {
    const groups = template(stack).findResources('AWS::EC2::SecurityGroup', { Properties: { GroupDescription: 'Data lake: warehouse' } });
    const [[id, group]] = Object.entries(groups);
    const rules = Object.values(template(stack).findResources('AWS::EC2::SecurityGroupIngress')).map(({ Properties }) => Properties);
    return [...group.Properties.SecurityGroupIngress ?? [], ...rules.filter((rule) => rule.GroupId?.['Fn::GetAtt']?.[0] === id)];
  }

  test('nobody by default', () => {
    expect(ingressOf(warehouseOf().stack)).toEqual([]);
  });

  test('peers, on Redshift\'s port', () => {
    const stack = newStack();
    const network = new LakeNetwork(stack, 'Net');
    const peer = new ec2.SecurityGroup(stack, 'Peer', { vpc: network.vpc });
    addWarehouse(stack, { network: network.attachment(), peers: [peer] });
    expect(ingressOf(stack)).toEqual([expect.objectContaining({
      FromPort: 5439, ToPort: 5439, IpProtocol: 'tcp', SourceSecurityGroupId: stack.resolve(peer.securityGroupId),
    })]);
  });

  test('it reaches S3 by TLS and nothing else', () => {
    template(warehouseOf().stack).hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'Data lake: warehouse',
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', Description: 'COPY from S3', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }],
    });
  });

  test('given security groups are refused', () => {
    const stack = newStack();
    const network = new LakeNetwork(stack, 'Net');
    const group = new ec2.SecurityGroup(stack, 'Group', { vpc: network.vpc });
    expect(() => addWarehouse(stack, { network: network.attachment({ securityGroups: [group] }) })).toThrow('name who may connect in peers');
  });
});

describe('where it is', () => {
  const vpcOf = (stack: Stack, maxAzs: number, props: ec2.VpcProps = {}) => new ec2.Vpc(stack, 'Vpc', {
    maxAzs,
    natGateways: 0,
    subnetConfiguration: [{ name: 'p', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    restrictDefaultSecurityGroup: false,
    ...props,
  });

  test('serverless needs three zones', () => {
    const stack = newStack();
    expect(() => addWarehouse(stack, { network: { vpc: vpcOf(stack, 2) } })).toThrow(/has 2 subnets in 2 Availability Zones of VPC '.*': Redshift Serverless needs 3 subnets in 3/);
  });

  test('a cluster does not', () => {
    const stack = newStack();
    const vpc = vpcOf(stack, 2, { gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } } });
    addWarehouse(stack, { network: { vpc }, compute: Warehouse.provisioned() });
    expect(only(stack, 'AWS::Redshift::ClusterSubnetGroup').Properties.SubnetIds).toHaveLength(2);
  });

  test('subnets without a way to S3 are refused', () => {
    const stack = newStack();
    addWarehouse(stack, { network: { vpc: vpcOf(stack, 2) }, compute: Warehouse.provisioned() });
    expect(() => template(stack)).toThrow(/which has no way to S3: give the subnet a gateway endpoint of S3/);
  });

  test('so are the data subnets of a LakeNetwork', () => {
    const stack = newStack();
    const { vpc } = new LakeNetwork(stack, 'Net');
    addWarehouse(stack, { network: { vpc, vpcSubnets: { subnetGroupName: 'data' } } });
    expect(() => template(stack)).toThrow('which has no way to S3');
  });
});

describe('COPY\'s role', () => {
  const SECOND = Curation.fromScript({ tableName: 'other', script: JobScript.fromAsset('glue-assets/jobs/raw_to_curated.py') });

  test('is cleared for the highest class that it loads', () => {
    const curation = Curation.sellerPerformance({ classification: DataClassification.SECRET });
    const { stack, warehouse } = warehouseOf({}, { curation });
    const tags = template(stack).toJSON().Resources[stack.getLogicalId(warehouse.copyRole.node.defaultChild as any)].Properties.Tags;
    expect(tags).toContainEqual({ Key: 'clearance', Value: 'secret' });
  });

  test('reads the tables that were named, and no other', () => {
    const { stack, warehouse, lake } = warehouseOf({ tables: [{ name: 'seller_performance' }] },
      { curation: undefined, curations: [Curation.sellerPerformance(), SECOND] });
    const statements = statementsOf(stack, warehouse.copyRole);
    const bucket = stack.resolve(lake.zone('curated').bucket.bucketArn);
    const rights = (wanted: string) => statements.filter(({ Action }) => [Action].flat().includes(wanted))
      .flatMap(({ Resource }) => [Resource].flat());
    const objects = ['/tables', '/tables/seller_performance', '/tables/seller_performance/*'].map((end) => ({ 'Fn::Join': ['', [bucket, end]] }));
    expect(rights('s3:GetObject')).toHaveLength(objects.length);
    expect(rights('s3:GetObject')).toEqual(expect.arrayContaining(objects));
    expect([...new Set(statements.flatMap(({ Action }) => [Action].flat()))].sort()).toEqual(
      ['kms:Decrypt', 's3:GetBucketLocation', 's3:GetObject', 's3:GetObjectVersion', 's3:ListBucket']);
    expect(rights('kms:Decrypt')).toEqual([stack.resolve(lake.zone('curated').encryptionKey.keyArn)]);
  });
});

describe('tables', () => {
  test('all curated tables by default', () => {
    expect(warehouseOf().warehouse.tables).toEqual([{ name: 'seller_performance' }]);
  });

  test.each([
    ['none', [], 'loads no table'],
    ['an unknown one', [{ name: 'orders' }], 'loads "orders", which is no curated table of the lake: use some of seller_performance'],
    ['one twice', [{ name: 'seller_performance' }, { name: 'seller_performance' }], 'loads "seller_performance" twice'],
    ['a key that is not meant', [{ name: 'seller_performance', distribution: TableDistribution.ALL, distributionKey: 'seller_id' }], 'leave one of the two out'],
    ['a key that is missing', [{ name: 'seller_performance', distribution: TableDistribution.KEY }], 'name its column in distributionKey'],
    ['a column that cannot be', [{ name: 'seller_performance', sortKey: ['seller id'] }], 'has no column "seller id"'],
    ['a sort key twice', [{ name: 'seller_performance', sortKey: ['a', 'a'] }], 'has "a" twice'],
  ])('%s is refused', (_, tables, message) => {
    expect(() => warehouseOf({ tables })).toThrow(message);
  });

  test('without a curation there is nothing to load', () => {
    expect(() => warehouseOf({}, { curation: undefined })).toThrow('loads no table: give the lake a curation');
  });
});

test.each([['serverless', Warehouse.serverless()], ['provisioned', Warehouse.provisioned()]])('cdk-nag finds nothing: %s', (_, compute) => {
  expect(nagErrors(warehouseOf({ compute }).stack)).toEqual([]);
});
