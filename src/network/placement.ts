import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { LakeNetworkAttachment } from './lake-network-attachment';

/** Lambda and, by the limit on a network interface, Glue take no more: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html */
const MOST_SECURITY_GROUPS = 5;

/** Where functions or jobs go: subnets that exist, and at least one security group. */
export interface Placement {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.ISubnet[];
  readonly securityGroups: ec2.ISecurityGroup[];
}

/** The subnets of an attachment; refuses what would not work. */
export function attachedSubnets(what: string, { vpc, vpcSubnets, securityGroups }: LakeNetworkAttachment): ec2.ISubnet[] {
  if (securityGroups?.length === 0) {
    throw new Error(`network of ${what} has an empty list of securityGroups: name at least one, or leave it out for one that is made`);
  }
  if (securityGroups && securityGroups.length > MOST_SECURITY_GROUPS) {
    throw new Error(`network of ${what} has ${securityGroups.length} security groups: give at most ${MOST_SECURITY_GROUPS}`);
  }
  if (!vpcSubnets && !vpc.privateSubnets.length && !vpc.isolatedSubnets.length) {
    throw new Error(`network of ${what} has VPC '${vpc.node.path}' without a private or isolated subnet: add one to it, or name some in vpcSubnets`);
  }
  const selection = vpcSubnets ?? { subnetType: vpc.privateSubnets.length ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED };
  const { subnets, isPendingLookup } = vpc.selectSubnets(selection);
  if (isPendingLookup) return subnets;
  if (!subnets.length) {
    throw new Error(`network of ${what} has vpcSubnets that choose no subnet of VPC '${vpc.node.path}': choose others, or leave vpcSubnets out`);
  }
  const open = subnets.find((subnet) => vpc.publicSubnets.some((candidate) => candidate === subnet || sameId(candidate, subnet)));
  if (open) {
    throw new Error(`network of ${what} has the public subnet '${open.node.path}', where functions and jobs get no public address: use private or isolated subnets`);
  }
  return subnets;
}

/** Returns the attachment, with a new security group if it names none. */
export function place(scope: Construct, what: string, attachment: LakeNetworkAttachment): Placement {
  const subnets = attachedSubnets(what, attachment);
  const securityGroups = attachment.securityGroups ?? [new ec2.SecurityGroup(scope, 'SecurityGroup', {
    vpc: attachment.vpc,
    description: `Data lake: ${what}`,
  })];
  return { vpc: attachment.vpc, subnets, securityGroups };
}

function sameId(one: ec2.ISubnet, other: ec2.ISubnet): boolean {
  return !Token.isUnresolved(one.subnetId) && one.subnetId === other.subnetId;
}
