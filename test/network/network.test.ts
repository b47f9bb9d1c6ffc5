import { CfnResource, Stack, aws_ec2 as ec2, aws_kms as kms, aws_lambda as lambda, aws_s3 as s3 } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CuratedTrigger, Curation, DataLakeAccelerator, DataLakeZone, JobScript, LakeNetworkAttachment, ZonedGlueCatalog } from '../../src';
import { nagErrors } from '../private/nag';
import { dropZone, logicalIds, newStack, propertiesOf, rightsOf, statementsOf, template } from '../zone/helpers';

const ISOLATED = [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }];
const PUBLIC = [{ name: 'public', subnetType: ec2.SubnetType.PUBLIC }];

function vpcOf(stack: Stack, subnetConfiguration: ec2.SubnetConfiguration[] = ISOLATED): ec2.Vpc {
  return new ec2.Vpc(stack, 'Vpc', { subnetConfiguration, natGateways: 0, maxAzs: 2, restrictDefaultSecurityGroup: false });
}

function group(stack: Stack, vpc: ec2.IVpc, id = 'Theirs'): ec2.SecurityGroup {
  return new ec2.SecurityGroup(stack, id, { vpc });
}

function rendered(stack: Stack, resource: CfnResource): any {
  return template(stack).toJSON().Resources[stack.getLogicalId(resource)].Properties;
}

function catalogIn(stack: Stack, network?: LakeNetworkAttachment): ZonedGlueCatalog {
  const zones = ['a', 'b', 'c'].map((zoneName) => new DataLakeZone(stack, `Zone-${zoneName}`, { zoneName }));
  return new ZonedGlueCatalog(stack, 'Catalog', { zones, tables: [{ name: 'orders' }], network });
}

describe('functions of streams', () => {
  test('by default they are in no VPC, and their role knows nothing of one', () => {
    const stack = newStack();
    const { drop } = dropZone(stack);

    expect(propertiesOf(stack, drop.dataStreams[0].function)).not.toHaveProperty('VpcConfig');
    expect(JSON.stringify(template(stack).toJSON())).not.toContain('ec2:');
    template(stack).resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });

  test('by default they use all isolated subnets of a VPC without egress, and one security group a zone that lets nothing in', () => {
    const stack = newStack();
    const vpc = vpcOf(stack);
    const { drop } = dropZone(stack, { network: { vpc } });
    drop.addDataStream('more');
    const configs = drop.dataStreams.map((stream) => propertiesOf(stack, stream.function).VpcConfig);

    expect(configs[0].SubnetIds).toEqual(vpc.isolatedSubnets.map(({ subnetId }) => stack.resolve(subnetId)));
    expect(configs[0].SubnetIds).toHaveLength(2);
    expect(configs[0].SecurityGroupIds).toHaveLength(1);
    expect(configs[1]).toEqual(configs[0]);
    template(stack).resourceCountIs('AWS::EC2::SecurityGroup', 1);
    template(stack).hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
    template(stack).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test('by default they use the private subnets with egress, where there are some', () => {
    const stack = newStack();
    const vpc = vpcOf(stack, [...PUBLIC, ...ISOLATED, { name: 'private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }]);
    const { drop } = dropZone(stack, { network: { vpc } });

    expect(propertiesOf(stack, drop.dataStreams[0].function).VpcConfig.SubnetIds)
      .toEqual(vpc.privateSubnets.map(({ subnetId }) => stack.resolve(subnetId)));
  });

  test('given subnets and security groups are used, and no other is made', () => {
    const stack = newStack();
    const vpc = vpcOf(stack);
    const theirs = group(stack, vpc);
    const { drop } = dropZone(stack, { network: { vpc, vpcSubnets: { subnets: [vpc.isolatedSubnets[1]] }, securityGroups: [theirs] } });

    expect(propertiesOf(stack, drop.dataStreams[0].function).VpcConfig).toEqual({
      SubnetIds: [stack.resolve(vpc.isolatedSubnets[1].subnetId)], SecurityGroupIds: [stack.resolve(theirs.securityGroupId)],
    });
    template(stack).resourceCountIs('AWS::EC2::SecurityGroup', 1);
  });

  test('a zone without a function makes no security group', () => {
    const stack = newStack();
    dropZone(stack, { network: { vpc: vpcOf(stack) }, dataStreams: [] });

    expect(logicalIds(stack, 'AWS::EC2::SecurityGroup')).toEqual([]);
  });

  test('the role lets Lambda make the interfaces, and its code not; no managed policy', () => {
    const stack = newStack();
    const { drop } = dropZone(stack, { network: { vpc: vpcOf(stack) } });
    const rights = rightsOf(statementsOf(stack, drop.dataStreams[0].function.role!)).filter((right) => right.includes('"ec2:'));

    expect(rights.filter((right) => right.includes('"Allow"'))).toHaveLength(6);
    expect(rights.filter((right) => right.includes('"Deny"'))).toHaveLength(6);
    expect(rights.filter((right) => right.includes('"Deny"')).every((right) => right.includes('{"Null":{"lambda:SourceFunctionArn":"false"}}'))).toBe(true);
    expect(JSON.stringify(propertiesOf(stack, drop.dataStreams[0].function.role!))).not.toContain('ManagedPolicyArns');
  });

  test('a handler of the user\'s own must be in a VPC, too', () => {
    const stack = newStack();
    const vpc = vpcOf(stack);
    const own = (id: string, props: object) => new lambda.Function(stack, id, {
      code: lambda.Code.fromInline('x'), handler: 'index.handler', runtime: lambda.Runtime.PYTHON_3_14, ...props,
    });
    const { drop } = dropZone(stack, { network: { vpc }, dataStreams: [] });

    expect(() => drop.addDataStream('a', { function: own('Outside', {}) }))
      .toThrow("stream 'a' of zone 'drop' has a function of its own that is in no VPC, but the zone's functions run in one: give function 'Stack/Outside' a vpc");
    expect(() => drop.addDataStream('b', { function: own('Inside', { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } }) })).not.toThrow();
    expect(() => drop.addDataStream('c', { function: lambda.Function.fromFunctionName(stack, 'Elsewhere', 'x') })).not.toThrow();
  });
});

describe('Glue jobs', () => {
  test('by default they are in no VPC', () => {
    const stack = newStack();
    const catalog = catalogIn(stack);

    expect(catalog.network).toBeUndefined();
    expect(rendered(stack, catalog.job('orders').job)).not.toHaveProperty('Connections');
    template(stack).resourceCountIs('AWS::Glue::Connection', 0);
    expect(JSON.stringify(template(stack).toJSON())).not.toContain('ec2:');
  });

  test('all of them, the curated one too, have one NETWORK connection to the first subnet, in a group that lets itself in', () => {
    const stack = newStack();
    const vpc = vpcOf(stack);
    const catalog = catalogIn(stack, { vpc });
    const curated = new CuratedTrigger(stack, 'Curation', {
      catalog, curation: Curation.fromScript({ tableName: 'x', requiredTables: ['orders'], script: JobScript.fromBucket(s3.Bucket.fromBucketName(stack, 'Scripts', 'scripts'), 'x.py') }),
    });
    const [made] = catalog.network!.securityGroups;
    const groupId = stack.resolve(made.securityGroupId);

    for (const { job } of [catalog.job('orders'), curated.job]) {
      expect(rendered(stack, job).Connections).toEqual({ Connections: [stack.resolve(catalog.network!.connectionName)] });
    }
    expect(rendered(stack, catalog.network!.connection).ConnectionInput).toMatchObject({
      ConnectionType: 'NETWORK',
      PhysicalConnectionRequirements: {
        SubnetId: stack.resolve(vpc.isolatedSubnets[0].subnetId),
        AvailabilityZone: stack.resolve(vpc.isolatedSubnets[0].availabilityZone),
        SecurityGroupIdList: [groupId],
      },
    });
    template(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      GroupId: groupId, SourceSecurityGroupId: groupId, IpProtocol: 'tcp', FromPort: 0, ToPort: 65535,
    });
  });

  test('the role makes interfaces in that subnet and group only, and tags nothing but Glue\'s mark', () => {
    const stack = newStack();
    const vpc = vpcOf(stack);
    const catalog = catalogIn(stack, { vpc });
    const statements = propertiesOf(stack, catalog.job('orders').role).Policies[0].PolicyDocument.Statement;
    const of = (action: string) => statements.filter(({ Action }: any) => [Action].flat().includes(action));

    expect(JSON.stringify(of('ec2:CreateNetworkInterface')[0].Resource)).toContain(`subnet/\${${stack.resolve(vpc.isolatedSubnets[0].subnetId).Ref}}`);
    expect(of('ec2:CreateNetworkInterface')[0].Resource).toHaveLength(3);
    expect(of('ec2:CreateTags')[0].Condition).toEqual({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['aws-glue-service-resource'] } });
    expect(of('glue:GetConnection')).toHaveLength(1);
    expect(of('ec2:DescribeVpcEndpoints')).toHaveLength(1);
  });

  test('given groups stay as they are; when none of those made here lets itself in, synthesis says so', () => {
    const refused = newStack();
    const vpc = vpcOf(refused);
    catalogIn(refused, { vpc, securityGroups: [group(refused, vpc)] });
    expect(refused.node.findAll().flatMap((one) => one.node.validate()).join('\n'))
      .toContain('none of which lets itself in on all TCP ports: call group.connections.allowInternally(ec2.Port.allTcp()) on one of them');

    const allowed = newStack();
    const other = vpcOf(allowed);
    const theirs = group(allowed, other);
    theirs.connections.allowInternally(ec2.Port.allTcp());
    catalogIn(allowed, { vpc: other, securityGroups: [theirs] });
    expect(allowed.node.findAll().flatMap((one) => one.node.validate())).toEqual([]);
    template(allowed).resourceCountIs('AWS::EC2::SecurityGroupIngress', 1);
  });

  test('the rules of imported groups are not known: they are used', () => {
    const stack = newStack();
    catalogIn(stack, { vpc: vpcOf(stack), securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Theirs', 'sg-1')] });

    expect(stack.node.findAll().flatMap((one) => one.node.validate())).toEqual([]);
    template(stack).resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });
});

describe('what makes no sense is refused', () => {
  const zoneIn = (network: (stack: Stack) => LakeNetworkAttachment) => () => {
    const stack = newStack();
    dropZone(stack, { network: network(stack) });
  };

  test.each<[string, (stack: Stack) => LakeNetworkAttachment, string]>([
    ['no security group', (stack) => ({ vpc: vpcOf(stack), securityGroups: [] }), "network of zone 'drop' has an empty list of securityGroups"],
    ['six security groups', (stack) => {
      const vpc = vpcOf(stack);
      return { vpc, securityGroups: [1, 2, 3, 4, 5, 6].map((index) => group(stack, vpc, `G${index}`)) };
    }, "network of zone 'drop' has 6 security groups: give at most 5"],
    ['a VPC of public subnets', (stack) => ({ vpc: vpcOf(stack, PUBLIC) }), "has VPC 'Stack/Vpc' without a private or isolated subnet"],
    ['a public subnet', (stack) => {
      const vpc = vpcOf(stack, [...PUBLIC, ...ISOLATED]);
      return { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } };
    }, "has the public subnet 'Stack/Vpc/publicSubnet1'"],
    ['no subnet', (stack) => ({ vpc: vpcOf(stack), vpcSubnets: { subnets: [] } }), "has vpcSubnets that choose no subnet of VPC 'Stack/Vpc'"],
  ])('%s', (_what, network, message) => {
    expect(zoneIn(network)).toThrow(message);
  });
});

describe('existing keys and buckets', () => {
  test('a key beside a bucket with another one is refused; the same one, or a bucket whose key is not known, is not', () => {
    const stack = newStack();
    const [one, other] = ['One', 'Other'].map((id) => kms.Key.fromKeyArn(stack, id, `arn:aws:kms:us-east-1:111111111111:key/${id}`));
    const bucket = (id: string, encryptionKey?: kms.IKey) =>
      s3.Bucket.fromBucketAttributes(stack, id, { bucketName: id.toLowerCase(), encryptionKey });

    expect(() => new DataLakeZone(stack, 'A', { zoneName: 'a', bucket: bucket('Bucket1', one), encryptionKey: other }))
      .toThrow(/zone 'a' has an existing bucket with the key .*One.*, and another encryptionKey .*Other.*: leave encryptionKey out, or give the bucket's/);
    expect(new DataLakeZone(stack, 'B', { zoneName: 'b', bucket: bucket('Bucket2', one), encryptionKey: one }).encryptionKey).toBe(one);
    expect(new DataLakeZone(stack, 'C', { zoneName: 'c', bucket: bucket('Bucket3'), encryptionKey: other }).encryptionKey).toBe(other);
  });

  test('a bucket of another stack is refused with the way to give it', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(new Stack(stack.node.root, 'Company'), 'Theirs');

    expect(() => new DataLakeZone(stack, 'A', { zoneName: 'a', bucket }))
      .toThrow("bucket 'Company/Theirs' of zone 'Stack/A' belongs to another stack, whose template its events would change: give it as an existing one");
  });
});

test('the lake hands its network on to the streams and jobs of all zones; cdk-nag finds nothing', () => {
  const stack = newStack();
  const vpc = vpcOf(new Stack(stack.node.root, 'Company'));
  const lake = new DataLakeAccelerator(stack, 'Lake', { tables: [{ name: 'orders' }], network: { vpc } });

  const whole = Template.fromStack(stack);
  expect(Object.values(whole.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties.VpcConfig?.SubnetIds.length)).toEqual([2, 2]);
  whole.allResourcesProperties('AWS::Glue::Job', { Connections: { Connections: [stack.resolve(lake.catalog.network!.connectionName)] } });
  expect(nagErrors(stack)).toEqual([]);
});
