import { CfnCondition, Fn, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bucketsOfGlue, ownPrincipals, ownPrincipalsAndResources } from './endpoint-policy';
import { FlowLogs } from './flow-logs';
import { servicesOfGlueJobs, unreachableForGlueJobs } from './job-endpoints';
import { LakeNetworkAttachment } from './lake-network-attachment';
import { onlyThroughEndpoint } from './only-through-endpoint';
import { withZones } from './zones';
import { acknowledge } from '../private/nag';
import { requireRange } from '../private/validation';

/**
 * Properties of `LakeNetwork`.
 *
 * @example
 * const props: LakeNetworkProps = {
 *   ipAddresses: ec2.IpAddresses.cidr('10.20.0.0/16'),
 *   interfaceEndpoints: LakeNetwork.servicesOfGlueJobs(),
 * };
 */
export interface LakeNetworkProps {
  /**
   * Addresses of the VPC, which the subnets share equally.
   *
   * @default - 10.0.0.0/16
   */
  readonly ipAddresses?: ec2.IIpAddresses;

  /**
   * The three Availability Zones, one subnet of each kind in each. Redshift Serverless needs three subnets in three zones; in us-west-1, which
   * has two zones for most accounts, in those two: name one of them twice.
   *
   * @default - the first three that AWS names for the account, in the stack's region
   * @see https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html
   */
  readonly availabilityZones?: string[];

  /**
   * NAT gateways in the public subnets, through which the private subnets reach the internet: at most one for each zone. In us-east-1 each
   * costs $0.045 an hour ($32.85 a month of 730 hours) and $0.045 for each GB, and its public address $0.005 an hour ($3.65 a month).
   *
   * @default 0 - the private subnets reach S3 and DynamoDB, and nothing else
   * @see https://aws.amazon.com/vpc/pricing/
   */
  readonly natGateways?: number;

  /**
   * Services that get an interface endpoint in the first private subnet, the one that Glue jobs run in; `LakeNetwork.servicesOfGlueJobs()`
   * are the four that jobs need. In us-east-1 each endpoint costs $0.01 an hour ($7.30 a month of 730 hours) and $0.01 for each GB.
   *
   * @default - none
   * @see https://aws.amazon.com/privatelink/pricing/
   */
  readonly interfaceEndpoints?: ec2.InterfaceVpcEndpointAwsService[];

  /**
   * Accounts, beside the stack's own, whose principals may use the endpoints, and whose buckets and tables they may reach through them.
   *
   * @default - none: principals of this account reach this account's buckets and tables, and Glue's own buckets
   */
  readonly otherAccounts?: string[];

  /**
   * Key for the flow logs. CloudWatch Logs gets the right to use it for the log groups of this stack; the policy of an imported key cannot be
   * changed here and must allow that already.
   *
   * @default - an own customer-managed key with rotation
   */
  readonly flowLogEncryptionKey?: kms.IKey;

  /**
   * How long flow logs are kept. In us-east-1 CloudWatch Logs takes $0.50 for each GB of them.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   * @see https://aws.amazon.com/cloudwatch/pricing/
   */
  readonly flowLogRetention?: logs.RetentionDays;

  /**
   * Whether the flow logs and their key go with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/**
 * How a lake uses a `LakeNetwork`.
 *
 * @example
 * declare const network: LakeNetwork;
 * const options: LakeNetworkAttachmentOptions = { jobs: false };
 * network.attachment(options);
 */
export interface LakeNetworkAttachmentOptions {
  /**
   * Security groups for the functions and jobs, as in `LakeNetworkAttachment`.
   *
   * @default - one that is made for the functions of each zone, and one for all jobs
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether the Glue jobs run in the network. They need a NAT gateway, or the interface endpoints of `LakeNetwork.servicesOfGlueJobs()`;
   * synthesis fails without.
   *
   * @default - they do if what they need is there when this is called; otherwise they run in AWS's network
   */
  readonly jobs?: boolean;
}

/**
 * How a bucket is closed to everything outside a network.
 *
 * @example
 * declare const lake: DataLakeAccelerator;
 * const options: OnlyFromNetworkOptions = { except: [lake.catalog.crawler('drop').role] };
 */
export interface OnlyFromNetworkOptions {
  /**
   * Roles that reach the bucket from elsewhere all the same, such as those of the lake's crawlers and of jobs outside the network.
   *
   * @default - none
   */
  readonly except?: iam.IRole[];
}

/** As many as Redshift Serverless needs. */
const ZONES = 3;

/** Most accounts have two zones here: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html */
const REGION_OF_TWO_ZONES = 'us-west-1';

const PRIVATE = 'private';

/**
 * A VPC for a data lake, in three Availability Zones, also where the stack has no environment:
 *
 * - **private** subnets, for the streams' functions and the Glue jobs: they reach S3 and DynamoDB through gateway endpoints, which cost
 *   nothing; the streams' functions need no more than S3's
 * - **data** subnets, for databases: no way to S3, DynamoDB or the internet, only to the VPC
 * - **public** subnets, for NAT gateways and load balancers: what is put there gets no public address by itself
 *
 * The endpoints admit this account's principals to this account's buckets and tables, so that nobody can carry data through them into
 * another account. All traffic is logged, encrypted; the default security group lets nothing in or out. There is no NAT gateway and no
 * interface endpoint unless you ask for it: idle, the network costs the $1 a month of the flow logs' key.
 *
 * @example
 * declare const tables: TableDefinition[];
 * new DataLakeAccelerator(this, 'Lake', { tables, network: new LakeNetwork(this, 'Network').attachment() });
 */
export class LakeNetwork extends Construct {
  /**
   * The services that Glue jobs need an interface endpoint for, without NAT: Glue, KMS, CloudWatch Logs and CloudWatch.
   *
   * @see https://docs.aws.amazon.com/glue/latest/dg/vpc-interface-endpoints.html
   */
  public static servicesOfGlueJobs(): ec2.InterfaceVpcEndpointAwsService[] {
    return servicesOfGlueJobs();
  }

  /** The VPC. */
  public readonly vpc: ec2.Vpc;

  /** The gateway endpoint of S3, in the private subnets. To let it reach more, add statements to its policy. */
  public readonly s3Endpoint: ec2.GatewayVpcEndpoint;

  /** The gateway endpoint of DynamoDB, in the private subnets. */
  public readonly dynamoDbEndpoint: ec2.GatewayVpcEndpoint;

  /** The log group of the flow logs. */
  public readonly flowLogGroup: logs.ILogGroup;

  private readonly _interfaceEndpoints: ec2.InterfaceVpcEndpoint[];

  constructor(scope: Construct, id: string, props: LakeNetworkProps = {}) {
    super(scope, id);
    const zones = this.zones(props.availabilityZones);
    const natGateways = props.natGateways ?? 0;
    requireRange(`natGateways of network '${this.node.path}'`, natGateways, 0, zones.length);
    const accounts = [Stack.of(this).account, ...props.otherAccounts ?? []];

    this.vpc = withZones(Stack.of(this), zones, () => new ec2.Vpc(this, 'Vpc', {
      ipAddresses: props.ipAddresses,
      availabilityZones: zones,
      natGateways,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, mapPublicIpOnLaunch: false },
        { name: PRIVATE, subnetType: natGateways ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED },
        { name: 'data', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      ],
      restrictDefaultSecurityGroup: true,
    }));
    this.setDhcpOptions();

    this.s3Endpoint = this.addGateway('S3', ec2.GatewayVpcEndpointAwsService.S3);
    this.s3Endpoint.addToPolicy(ownPrincipalsAndResources('s3', accounts));
    this.s3Endpoint.addToPolicy(bucketsOfGlue(this, accounts));
    this.dynamoDbEndpoint = this.addGateway('DynamoDb', ec2.GatewayVpcEndpointAwsService.DYNAMODB);
    this.dynamoDbEndpoint.addToPolicy(ownPrincipalsAndResources('dynamodb', accounts));
    this._interfaceEndpoints = this.addInterfaceEndpoints(props.interfaceEndpoints ?? [], accounts);

    this.flowLogGroup = new FlowLogs(this, 'FlowLogs', {
      vpc: this.vpc,
      encryptionKey: props.flowLogEncryptionKey,
      retention: props.flowLogRetention ?? logs.RetentionDays.THREE_MONTHS,
      ephemeral: props.ephemeral ?? false,
    }).logGroup;
  }

  /** The public subnets, one for each zone. */
  public get publicSubnets(): ec2.ISubnet[] {
    return [...this.vpc.publicSubnets];
  }

  /** The private subnets, one for each zone. */
  public get privateSubnets(): ec2.ISubnet[] {
    return [...this.vpc.selectSubnets({ subnetGroupName: PRIVATE }).subnets];
  }

  /** The data subnets, one for each zone. */
  public get dataSubnets(): ec2.ISubnet[] {
    return [...this.vpc.selectSubnets({ subnetGroupName: 'data' }).subnets];
  }

  /** The interface endpoints, in the order of their services. */
  public get interfaceEndpoints(): ec2.InterfaceVpcEndpoint[] {
    return [...this._interfaceEndpoints];
  }

  /**
   * Returns the private subnets as the `network` of a lake, a catalog or a zone.
   *
   * @param options security groups, and whether Glue jobs run there
   */
  public attachment(options: LakeNetworkAttachmentOptions = {}): LakeNetworkAttachment {
    return {
      vpc: this.vpc,
      vpcSubnets: { subnetGroupName: PRIVATE },
      securityGroups: options.securityGroups,
      jobs: options.jobs ?? !unreachableForGlueJobs(this.vpc).length,
    };
  }

  /**
   * Closes a bucket: its objects are listed, read, written and deleted only through this network's S3 endpoint. That shuts out everything that
   * reaches S3 from elsewhere, which a warning names: crawlers, Athena, the console, Macie, Redshift's COPY, log delivery, and the function that
   * empties the bucket of an ephemeral lake. The bucket's settings and its policy stay within reach.
   *
   * @param bucket the bucket
   * @param options the roles that stay admitted
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
   */
  public admitOnlyFromHere(bucket: s3.IBucket, options: OnlyFromNetworkOptions = {}): void {
    onlyThroughEndpoint(bucket, this.s3Endpoint, options.except ?? []);
  }

  /** Names the zones by their number, because a stack without an environment knows two, and a lookup would need the account at synthesis. */
  private zones(given?: string[]): string[] {
    const what = `network '${this.node.path}'`;
    if (given) {
      if (given.length !== ZONES) throw new Error(`${what} has ${given.length} availabilityZones: name ${ZONES}, or leave them out`);
      return given;
    }
    if (Stack.of(this).region === REGION_OF_TWO_ZONES) {
      throw new Error(`${what} is in ${REGION_OF_TWO_ZONES}, where most accounts have two zones: name the account's in availabilityZones, one of them twice`);
    }
    return Array.from({ length: ZONES }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-dhcpoptions.html */
  private setDhcpOptions(): void {
    const { region } = Stack.of(this);
    const [oldest, others] = ['ec2.internal', `${region}.compute.internal`];
    const isOldest = Token.isUnresolved(region) ? new CfnCondition(this, 'IsUsEast1', { expression: Fn.conditionEquals(region, 'us-east-1') }) : undefined;
    const options = new ec2.CfnDHCPOptions(this, 'DhcpOptions', {
      domainName: isOldest ? Fn.conditionIf(isOldest.logicalId, oldest, others).toString() : region === 'us-east-1' ? oldest : others,
      domainNameServers: ['AmazonProvidedDNS'],
    });
    new ec2.CfnVPCDHCPOptionsAssociation(this, 'DhcpOptionsAssociation', { vpcId: this.vpc.vpcId, dhcpOptionsId: options.ref });
  }

  private addGateway(id: string, service: ec2.IGatewayVpcEndpointService): ec2.GatewayVpcEndpoint {
    return this.vpc.addGatewayEndpoint(id, { service, subnets: [{ subnetGroupName: PRIVATE }] });
  }

  private addInterfaceEndpoints(services: ec2.InterfaceVpcEndpointAwsService[], accounts: string[]): ec2.InterfaceVpcEndpoint[] {
    const names = services.map(({ shortName }) => shortName);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice) throw new Error(`network '${this.node.path}' has two interface endpoints of '${twice}': name each service once`);
    if (!services.length) return [];
    const securityGroup = new ec2.SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc: this.vpc,
      description: 'Interface endpoints of the data lake: HTTPS from the VPC',
      allowAllOutbound: false,
    });
    const { cidrBlock } = this.vpc.node.defaultChild as ec2.CfnVPC;
    securityGroup.addIngressRule(ec2.Peer.ipv4(cidrBlock ?? this.vpc.vpcCidrBlock), ec2.Port.tcp(443), 'HTTPS from the VPC');
    if (!cidrBlock) acknowledge(securityGroup, { 'AwsSolutions-EC23': 'The addresses are those of the VPC, which IPAM chooses when it is deployed.' });
    return services.map((service) => {
      const endpoint = this.vpc.addInterfaceEndpoint(`Endpoint-${service.shortName}`, {
        service,
        subnets: { subnets: [this.privateSubnets[0]] },
        securityGroups: [securityGroup],
        open: false,
      });
      endpoint.addToPolicy(ownPrincipals(accounts));
      return endpoint;
    });
  }
}
