import { App, Stack, aws_ec2 as ec2, aws_iam as iam, aws_kms as kms, aws_logs as logs, aws_s3 as s3 } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { DataLakeAccelerator, DataLakeZone, GlueNetwork, LakeNetwork, LakeNetworkProps } from '../../src';
import { nagErrors } from '../private/nag';
import { newStack, propertiesOf, resourceOf, rightsOf, template, warnings } from '../zone/helpers';

const FOR_JOBS = LakeNetwork.servicesOfGlueJobs();

function networkIn(stack: Stack, props?: LakeNetworkProps): LakeNetwork {
  return new LakeNetwork(stack, 'Network', props);
}

/** Logical ids of the route tables of subnets. */
function tablesOf(stack: Stack, subnets: ec2.ISubnet[]): any[] {
  return subnets.map(({ routeTable }) => stack.resolve(routeTable.routeTableId));
}

/** What goes out of subnets, beside to the VPC itself. */
function routesOf(stack: Stack, subnets: ec2.ISubnet[]): any[] {
  const tables = tablesOf(stack, subnets).map((table) => JSON.stringify(table));
  return Object.values(template(stack).findResources('AWS::EC2::Route'))
    .map(({ Properties }) => Properties).filter(({ RouteTableId }) => tables.includes(JSON.stringify(RouteTableId)));
}

function errors(stack: Stack): string[] {
  return stack.node.findAll().flatMap((one) => one.node.validate());
}

describe('subnets', () => {
  test('a public, a private and a data subnet in each of three zones, in a stack that has no environment', () => {
    const stack = newStack();
    const network = networkIn(stack);
    const zones = [0, 1, 2].map((index) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] }));

    for (const subnets of [network.publicSubnets, network.privateSubnets, network.dataSubnets]) {
      expect(subnets.map((subnet) => propertiesOf(stack, subnet).AvailabilityZone)).toEqual(zones);
    }
    template(stack).resourceCountIs('AWS::EC2::Subnet', 9);
    template(stack).allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });

  test('by default they share 10.0.0.0/16; other addresses are taken', () => {
    const stack = newStack();
    networkIn(stack, { ipAddresses: ec2.IpAddresses.cidr('10.20.0.0/20') });
    template(stack).hasResourceProperties('AWS::EC2::VPC', { CidrBlock: '10.20.0.0/20', EnableDnsHostnames: true, EnableDnsSupport: true });

    const usual = newStack();
    networkIn(usual);
    template(usual).hasResourceProperties('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16' });
  });

  test('named zones are taken, one of them twice where a region has two', () => {
    const stack = new Stack(newStack().node.root, 'West', { env: { region: 'us-west-1', account: '111111111111' } });
    const network = networkIn(stack, { availabilityZones: ['us-west-1a', 'us-west-1c', 'us-west-1a'] });

    expect(network.dataSubnets.map(({ availabilityZone }) => availabilityZone)).toEqual(['us-west-1a', 'us-west-1c', 'us-west-1a']);
  });

  test('an environment needs no lookup', () => {
    const stack = new Stack(newStack().node.root, 'There', { env: { region: 'eu-central-1', account: '111111111111' } });
    networkIn(stack);

    expect((stack.node.root as App).synth().manifest.missing).toBeUndefined();
    // The stack is as before: what else asks it for its zones looks them up.
    expect(stack.availabilityZones).toEqual(['dummy1a', 'dummy1b', 'dummy1c']);
  });

  test('nothing leaves the private and data subnets by default, and there is nothing to pay for by the hour', () => {
    const stack = newStack();
    const network = networkIn(stack);

    expect(routesOf(stack, network.privateSubnets)).toEqual([]);
    expect(routesOf(stack, network.dataSubnets)).toEqual([]);
    expect(routesOf(stack, network.publicSubnets)).toHaveLength(3);
    template(stack).resourceCountIs('AWS::EC2::NatGateway', 0);
    template(stack).resourcePropertiesCountIs('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface' }, 0);
    expect(network.interfaceEndpoints).toEqual([]);
  });

  test('NAT gateways serve the private subnets, and the data subnets not; the subnets stay the same', () => {
    const stack = newStack();
    const network = networkIn(stack, { natGateways: 1 });
    const without = newStack();
    networkIn(without);

    expect(routesOf(stack, network.privateSubnets)).toHaveLength(3);
    expect(routesOf(stack, network.dataSubnets)).toEqual([]);
    template(stack).resourceCountIs('AWS::EC2::NatGateway', 1);
    expect(Object.keys(template(stack).findResources('AWS::EC2::Subnet'))).toEqual(Object.keys(template(without).findResources('AWS::EC2::Subnet')));
  });
});

describe('gateway endpoints', () => {
  test.each(['s3', 'dynamodb'])('of %s are routed from the private subnets, and from no others', (service) => {
    const stack = newStack();
    const network = networkIn(stack);

    template(stack).hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, `.${service}`]] },
      RouteTableIds: tablesOf(stack, network.privateSubnets),
    });
    template(stack).resourceCountIs('AWS::EC2::VPCEndpoint', 2);
  });

  test('admit this account to what it owns, and to Glue\'s buckets', () => {
    const stack = newStack();
    const network = networkIn(stack);
    const own = { Ref: 'AWS::AccountId' };
    const both = { StringEquals: { 'aws:PrincipalAccount': [own], 'aws:ResourceAccount': [own] } };

    expect(rightsOf(propertiesOf(stack, network.s3Endpoint).PolicyDocument.Statement)).toEqual(rightsOf([
      { Effect: 'Allow', Principal: { AWS: '*' }, Action: 's3:*', Resource: '*', Condition: both },
      {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: 's3:GetObject',
        Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::aws-glue-*/*']] },
        Condition: { StringEquals: { 'aws:PrincipalAccount': [own] } },
      },
    ]));
    expect(rightsOf(propertiesOf(stack, network.dynamoDbEndpoint).PolicyDocument.Statement)).toEqual(rightsOf([
      { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'dynamodb:*', Resource: '*', Condition: both },
    ]));
  });

  test('admit other accounts on request', () => {
    const stack = newStack();
    const network = networkIn(stack, { otherAccounts: ['222222222222'] });
    const [statement] = propertiesOf(stack, network.s3Endpoint).PolicyDocument.Statement;

    expect(statement.Condition.StringEquals['aws:ResourceAccount']).toEqual([{ Ref: 'AWS::AccountId' }, '222222222222']);
    expect(statement.Condition.StringEquals['aws:PrincipalAccount']).toEqual([{ Ref: 'AWS::AccountId' }, '222222222222']);
  });
});

describe('interface endpoints', () => {
  test('are in the first private subnet, admit this account, and take HTTPS from the VPC only', () => {
    const stack = newStack();
    const network = networkIn(stack, { interfaceEndpoints: FOR_JOBS });

    expect(network.interfaceEndpoints).toHaveLength(4);
    for (const endpoint of network.interfaceEndpoints) {
      expect(propertiesOf(stack, endpoint)).toMatchObject({
        VpcEndpointType: 'Interface',
        PrivateDnsEnabled: true,
        SubnetIds: [stack.resolve(network.privateSubnets[0].subnetId)],
        PolicyDocument: { Statement: [{ Condition: { StringEquals: { 'aws:PrincipalAccount': [{ Ref: 'AWS::AccountId' }] } } }] },
      });
    }
    template(stack).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [{ CidrIp: '10.0.0.0/16', IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }],
      SecurityGroupEgress: [{ CidrIp: '255.255.255.255/32' }],
    });
    template(stack).resourceCountIs('AWS::EC2::SecurityGroup', 1);
  });

  test('take HTTPS from a VPC whose addresses IPAM chooses', () => {
    const stack = newStack();
    const ipAddresses = ec2.IpAddresses.awsIpamAllocation({ ipv4IpamPoolId: 'ipam-pool-1', ipv4NetmaskLength: 16, defaultSubnetIpv4NetmaskLength: 24 });
    const network = networkIn(stack, { interfaceEndpoints: FOR_JOBS, ipAddresses });

    template(stack).hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [{ CidrIp: stack.resolve(network.vpc.vpcCidrBlock), FromPort: 443, ToPort: 443 }],
    });
    expect(nagErrors(stack)).toEqual([]);
  });
});

describe('what watches and closes it', () => {
  test('all traffic is logged, in an encrypted group that is kept for three months', () => {
    const stack = newStack();
    const network = networkIn(stack);

    template(stack).hasResourceProperties('AWS::EC2::FlowLog', {
      ResourceId: stack.resolve(network.vpc.vpcId), ResourceType: 'VPC', TrafficType: 'ALL', LogGroupName: stack.resolve(network.flowLogGroup.logGroupName),
    });
    expect(propertiesOf(stack, network.flowLogGroup)).toMatchObject({ RetentionInDays: 90, KmsKeyId: { 'Fn::GetAtt': expect.any(Array) } });
    expect(resourceOf(stack, network.flowLogGroup).DeletionPolicy).toBe('RetainExceptOnCreate');
    template(stack).hasResourceProperties('AWS::KMS::Key', {
      EnableKeyRotation: true,
      KeyPolicy: {
        Statement: Match.arrayWith([Match.objectLike({
          Sid: 'FlowLogs',
          Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': { 'Fn::Join': ['', Match.arrayWith([':log-group:Stack-*'])] } } },
        })]),
      },
    });
  });

  test('the writer of the flow logs writes to that group only, for flow logs of this account only', () => {
    const stack = newStack();
    const network = networkIn(stack);
    const [role] = Object.values(template(stack).findResources('AWS::IAM::Role', { Properties: { Policies: Match.anyValue(), Description: Match.anyValue() } }));

    expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([{
      Action: 'sts:AssumeRole',
      Effect: 'Allow',
      Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', expect.arrayContaining([':vpc-flow-log/*'])] } },
      },
    }]);
    expect(role.Properties.Policies.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement)).toEqual([{
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      Resource: stack.resolve(network.flowLogGroup.logGroupArn),
    }]);
  });

  test('key, retention and fate of the flow logs are the user\'s to choose', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Mine');
    const network = networkIn(stack, { flowLogEncryptionKey: key, flowLogRetention: logs.RetentionDays.ONE_YEAR, ephemeral: true });

    template(stack).resourceCountIs('AWS::KMS::Key', 1);
    expect(propertiesOf(stack, network.flowLogGroup)).toMatchObject({ RetentionInDays: 365, KmsKeyId: stack.resolve(key.keyArn) });
    expect(resourceOf(stack, network.flowLogGroup).DeletionPolicy).toBe('Delete');
  });

  test('an imported key whose policy does not allow the logs is warned of with the statement', () => {
    const stack = newStack();
    networkIn(stack, { flowLogEncryptionKey: kms.Key.fromKeyArn(stack, 'Theirs', 'arn:aws:kms:us-east-1:111111111111:key/1') });

    expect(warnings(stack).join()).toMatch(/without this statement in it, no log group can be made with it: .*"Sid":"FlowLogs"/);
  });

  test('the default security group is closed', () => {
    const stack = newStack();
    const network = networkIn(stack);

    template(stack).hasResourceProperties('Custom::VpcRestrictDefaultSG', {
      DefaultSecurityGroupId: stack.resolve(network.vpc.vpcDefaultSecurityGroup),
    });
  });

  test.each<[string, string | undefined, unknown]>([
    ['us-east-1', 'us-east-1', 'ec2.internal'],
    ['another region', 'eu-central-1', 'eu-central-1.compute.internal'],
    ['a region that is not known', undefined, { 'Fn::If': [expect.any(String), 'ec2.internal', { 'Fn::Join': ['', [{ Ref: 'AWS::Region' }, '.compute.internal']] }] }],
  ])('DHCP options of %s', (_, region, domainName) => {
    const stack = new Stack(newStack().node.root, 'There', { env: { region } });
    const network = networkIn(stack);
    const [[id, options]] = Object.entries(template(stack).findResources('AWS::EC2::DHCPOptions'));

    expect(options.Properties).toEqual({ DomainName: domainName, DomainNameServers: ['AmazonProvidedDNS'], ...options.Properties.Tags && { Tags: options.Properties.Tags } });
    template(stack).hasResourceProperties('AWS::EC2::VPCDHCPOptionsAssociation', { VpcId: stack.resolve(network.vpc.vpcId), DhcpOptionsId: { Ref: id } });
  });
});

describe('a lake in it', () => {
  const tables = [{ name: 'orders' }];

  test('on one line: functions in the private subnets, jobs in AWS\'s network', () => {
    const stack = newStack();
    const network = networkIn(stack);
    const lake = new DataLakeAccelerator(stack, 'Lake', { tables, network: network.attachment() });
    const streams = lake.zones.flatMap(({ dataStreams }) => dataStreams);

    expect(streams.length).toBeGreaterThan(0);
    for (const stream of streams) {
      expect(propertiesOf(stack, stream.function).VpcConfig.SubnetIds).toEqual(network.privateSubnets.map(({ subnetId }) => stack.resolve(subnetId)));
    }
    expect(lake.catalog.network).toBeUndefined();
    expect(errors(stack)).toEqual([]);
    expect(nagErrors(stack)).toEqual([]);
  });

  test.each<[string, LakeNetworkProps]>([
    ['interface endpoints', { interfaceEndpoints: FOR_JOBS }],
    ['NAT', { natGateways: 1 }],
  ])('with %s jobs run in the first private subnet', (_, props) => {
    const stack = newStack();
    const network = networkIn(stack, props);
    const lake = new DataLakeAccelerator(stack, 'Lake', { tables, network: network.attachment() });

    expect(lake.catalog.network!.subnet).toBe(network.privateSubnets[0]);
    expect(errors(stack)).toEqual([]);
    expect(nagErrors(stack)).toEqual([]);
  });

  test('jobs can be left out all the same', () => {
    const stack = newStack();
    const network = networkIn(stack, { natGateways: 1 });

    expect(new DataLakeAccelerator(stack, 'Lake', { tables, network: network.attachment({ jobs: false }) }).catalog.network).toBeUndefined();
  });

  test('given security groups are handed on', () => {
    const stack = newStack();
    const network = networkIn(stack);
    const mine = new ec2.SecurityGroup(stack, 'Mine', { vpc: network.vpc });

    expect(network.attachment({ securityGroups: [mine] }).securityGroups).toEqual([mine]);
  });

  test.each<[string, (network: LakeNetwork) => void, string]>([
    ['none of the endpoints', () => undefined, 'cannot reach glue, kms, logs, monitoring'],
    ['three of them', (network) => FOR_JOBS.slice(0, 3).forEach((service, index) => network.vpc.addInterfaceEndpoint(`E${index}`, { service })), 'cannot reach monitoring'],
  ])('jobs with %s are refused at synthesis', (_, prepare, message) => {
    const stack = newStack();
    const network = networkIn(stack);
    prepare(network);
    new GlueNetwork(stack, 'Jobs', { network: network.attachment({ jobs: true }) });

    expect(errors(stack)).toEqual([expect.stringContaining(`Glue jobs in network 'Stack/Network' ${message}: give it interfaceEndpoints`)]);
  });

  test('endpoints that are added later count', () => {
    const stack = newStack();
    const network = networkIn(stack);
    new GlueNetwork(stack, 'Jobs', { network: network.attachment({ jobs: true }) });
    FOR_JOBS.forEach((service, index) => network.vpc.addInterfaceEndpoint(`E${index}`, { service }));

    expect(errors(stack)).toEqual([]);
  });
});

describe('a bucket that admits only the network', () => {
  test('is closed to what comes otherwise, and the warning says what that is', () => {
    const stack = newStack();
    const network = networkIn(stack);
    const { bucket } = new DataLakeZone(stack, 'Zone', { zoneName: 'raw' });
    const crawler = new iam.Role(stack, 'Crawler', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
    network.admitOnlyFromHere(bucket, { except: [crawler] });

    Template.fromStack(stack).hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: Match.arrayWith(['s3:DeleteObject*', 's3:GetObject*', 's3:ListBucket', 's3:PutObject*']),
          Condition: {
            StringNotEquals: { 'aws:SourceVpce': stack.resolve(network.s3Endpoint.vpcEndpointId) },
            ArnNotEquals: { 'aws:PrincipalArn': [stack.resolve(crawler.roleArn)] },
          },
        })]),
      },
    });
    expect(warnings(stack).join()).toMatch(/shut out are crawlers, Athena, .*the console, Macie, Redshift's COPY, log delivery.*; admitted all the same: 'Stack\/Crawler'/);
  });

  test('without exceptions admits nobody from elsewhere, and its policy can still be changed', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Bucket');
    networkIn(stack).admitOnlyFromHere(bucket);
    const [{ Properties }] = Object.values(template(stack).findResources('AWS::S3::BucketPolicy'));
    const [statement] = Properties.PolicyDocument.Statement;

    expect(Object.keys(statement.Condition)).toEqual(['StringNotEquals']);
    expect(statement.Action.filter((action: string) => /Policy|\*$/.test(action))).toEqual(['s3:DeleteObject*', 's3:GetObject*', 's3:PutObject*']);
  });

  test('an imported one is refused with the statement to add', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Theirs', 'theirs');

    expect(() => networkIn(stack).admitOnlyFromHere(bucket))
      .toThrow(/the policy of the imported bucket 'Stack\/Theirs' cannot be changed from here: add this statement .*"aws:SourceVpce"/);
  });
});

describe('what makes no sense is refused', () => {
  test.each<[string, LakeNetworkProps, string]>([
    ['two zones', { availabilityZones: ['a', 'b'] }, "network 'Stack/Network' has 2 availabilityZones: name 3, or leave them out"],
    ['four NAT gateways', { natGateways: 4 }, "natGateways of network 'Stack/Network' must be a whole number from 0 to 3, got 4"],
    ['a service twice', { interfaceEndpoints: [FOR_JOBS[0], FOR_JOBS[0]] }, "network 'Stack/Network' has two interface endpoints of 'glue': name each service once"],
  ])('%s', (_, props, message) => {
    expect(() => networkIn(newStack(), props)).toThrow(message);
  });

  test('us-west-1 without named zones', () => {
    const stack = new Stack(newStack().node.root, 'West', { env: { region: 'us-west-1' } });

    expect(() => networkIn(stack)).toThrow("network 'West/Network' is in us-west-1, where most accounts have two zones: name the account's in availabilityZones");
  });
});
