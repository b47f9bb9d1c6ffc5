import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { unreachableForGlueJobs } from './job-endpoints';
import { LakeNetwork } from './lake-network';
import { LakeNetworkAttachment } from './lake-network-attachment';
import { place } from './placement';
import { describe } from '../private/metadata';
import { requireProps } from '../private/validation';

/**
 * Properties of `GlueNetwork`.
 *
 * @example
 * declare const vpc: ec2.IVpc;
 * const props: GlueNetworkProps = { network: { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } } };
 */
export interface GlueNetworkProps {
  /** The VPC, its subnets and security groups. */
  readonly network: LakeNetworkAttachment;
}

/**
 * The place of Glue jobs in a VPC: a NETWORK connection to one subnet, and a security group in which the workers of a job reach each other.
 *
 * @example
 * declare const vpc: ec2.IVpc;
 * declare const catalog: ZonedGlueCatalog;
 * new EtlJob(this, 'Report', {
 *   script: JobScript.fromAsset('jobs/report.py'),
 *   security: catalog.security,
 *   network: new GlueNetwork(this, 'Network', { network: { vpc } }),
 * });
 */
export class GlueNetwork extends Construct {
  /** The connection. */
  public readonly connection: glue.CfnConnection;

  /** Name of the connection. */
  public readonly connectionName: string;

  /** The subnet that jobs run in. */
  public readonly subnet: ec2.ISubnet;

  private readonly _securityGroups: ec2.ISecurityGroup[];

  constructor(scope: Construct, id: string, props: GlueNetworkProps) {
    super(scope, id);
    requireProps(this, props, 'network');
    const { subnets: [subnet], securityGroups } = place(this, 'Glue jobs', props.network);
    this.subnet = subnet;
    this._securityGroups = [...securityGroups];
    if (!props.network.securityGroups) securityGroups[0].connections.allowInternally(ec2.Port.allTcp(), 'workers of a Glue job');
    this.connection = new glue.CfnConnection(this, 'Connection', {
      catalogId: Stack.of(this).account,
      connectionInput: {
        connectionType: 'NETWORK',
        description: 'Glue jobs of the data lake',
        connectionProperties: {},
        physicalConnectionRequirements: {
          subnetId: subnet.subnetId,
          availabilityZone: subnet.availabilityZone,
          securityGroupIdList: securityGroups.map(({ securityGroupId }) => securityGroupId),
        },
      },
    });
    this.connectionName = this.connection.ref;
    this.node.defaultChild = this.connection;
    describe(this.connection, { kind: 'connection' });
    this.node.addValidation({ validate: () => [...this.withoutSelfReference(props.network.vpc), ...withoutEndpoints(props.network.vpc)] });
  }

  /** The security groups of the jobs. */
  public get securityGroups(): ec2.ISecurityGroup[] {
    return [...this._securityGroups];
  }

  /**
   * What a job's role needs to run here: to read the connection, and to make, mark and delete network interfaces in this subnet with these
   * security groups. The actions are those of AWS's policy for Glue roles; those that describe take no resources.
   *
   * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSGlueServiceRole.html
   *
   * @internal
   */
  public _statements(): iam.PolicyStatement[] {
    const stack = Stack.of(this);
    const ec2Arn = (resource: string, resourceName: string) => stack.formatArn({ service: 'ec2', resource, resourceName });
    const interfaces = ec2Arn('network-interface', '*');
    const groups = this._securityGroups.map(({ securityGroupId }) => ec2Arn('security-group', securityGroupId));
    return [
      new iam.PolicyStatement({
        actions: ['glue:GetConnection'],
        resources: [stack.formatArn({ service: 'glue', resource: 'catalog' }),
          stack.formatArn({ service: 'glue', resource: 'connection', resourceName: this.connectionName })],
      }),
      new iam.PolicyStatement({
        actions: [
          'ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets',
          'ec2:DescribeVpcAttribute', 'ec2:DescribeVpcEndpoints',
        ],
        resources: ['*'],
      }),
      new iam.PolicyStatement({
        actions: ['ec2:CreateNetworkInterface'],
        resources: [interfaces, ec2Arn('subnet', this.subnet.subnetId), ...groups],
      }),
      new iam.PolicyStatement({ actions: ['ec2:DeleteNetworkInterface'], resources: [interfaces] }),
      new iam.PolicyStatement({
        actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
        resources: [interfaces],
        conditions: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['aws-glue-service-resource'] } },
      }),
    ];
  }

  /** Of given groups that this app makes, the rules are known: without one that lets the group itself in, no run starts. */
  private withoutSelfReference(vpc: ec2.IVpc): string[] {
    if (!this._securityGroups.every((group) => group instanceof ec2.SecurityGroup)) return [];
    if (this._securityGroups.some(letsItselfIn)) return [];
    const names = this._securityGroups.map(({ node }) => `'${node.path}'`).join(', ');
    return [`Glue jobs in VPC '${vpc.node.path}' have the security groups ${names}, none of which lets itself in on all TCP ports: `
      + 'call group.connections.allowInternally(ec2.Port.allTcp()) on one of them'];
  }
}

/** A `LakeNetwork` has no way to the services that a job calls, unless it was asked for one. */
function withoutEndpoints(vpc: ec2.IVpc): string[] {
  if (!(vpc.node.scope instanceof LakeNetwork)) return [];
  const missing = unreachableForGlueJobs(vpc);
  if (!missing.length) return [];
  return [`Glue jobs in network '${vpc.node.scope.node.path}' cannot reach ${missing.join(', ')}: give it interfaceEndpoints: `
    + 'LakeNetwork.servicesOfGlueJobs() or natGateways, or let the jobs run in AWS\'s network with attachment({ jobs: false })'];
}

function letsItselfIn(group: ec2.ISecurityGroup): boolean {
  const stack = Stack.of(group);
  const id = JSON.stringify(stack.resolve(group.securityGroupId));
  const allTcp = ({ ipProtocol, fromPort, toPort }: { ipProtocol?: unknown; fromPort?: unknown; toPort?: unknown }) =>
    ipProtocol === '-1' || (ipProtocol === 'tcp' && fromPort === 0 && toPort === 65535);
  return stack.node.findAll().some((rule) => rule instanceof ec2.CfnSecurityGroupIngress && allTcp(rule)
    && JSON.stringify(stack.resolve(rule.groupId)) === id && JSON.stringify(stack.resolve(rule.sourceSecurityGroupId)) === id);
}
