import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { LakeNetworkAttachment } from '../network/lake-network-attachment';
import { attachedSubnets } from '../network/placement';
import { withoutWayToS3 } from '../network/way-to-s3';

/** PostgreSQL's port. */
export const PORT = 5432;

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html */
const ZONES = 2;

/** Where an Aurora database is: its subnets, and the security group that lets in who is named, on one port. */
export class AuroraNetwork extends Construct {
  public readonly securityGroup: ec2.SecurityGroup;
  public readonly subnetGroup: rds.CfnDBSubnetGroup;

  constructor(scope: Construct, id: string, network: LakeNetworkAttachment) {
    super(scope, id);
    const what = `sink '${scope.node.path}'`;
    if (network.securityGroups) throw new Error(`network of ${what} has securityGroups: the database has one of its own; name who may connect in peers`);
    const subnets = attachedSubnets(what, network);
    requireZones(what, subnets, network.vpc);
    // The import from S3 goes through the VPC: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_PostgreSQL.S3Import.html
    this.node.addValidation({ validate: () => withoutWayToS3(what, network.vpc, subnets) });
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: network.vpc, description: 'Data lake: Aurora', allowAllOutbound: false });
    // To S3's gateway endpoint, whose addresses are not known at synthesis. The subnets have no route to the internet.
    this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'import from S3');
    this.subnetGroup = new rds.CfnDBSubnetGroup(this, 'SubnetGroup', {
      dbSubnetGroupDescription: 'Data lake: Aurora',
      subnetIds: subnets.map(({ subnetId }) => subnetId),
    });
  }

  /** Lets a peer in. */
  public admit(peer: ec2.IConnectable): void {
    this.securityGroup.connections.allowFrom(peer, ec2.Port.tcp(PORT), 'peer');
  }
}

function requireZones(what: string, subnets: ec2.ISubnet[], vpc: ec2.IVpc): void {
  if (subnets.length === 0) return; // A lookup that is pending.
  const zones = new Set(subnets.map((subnet) => JSON.stringify(Stack.of(subnet).resolve(subnet.availabilityZone)))).size;
  if (zones >= ZONES) return;
  throw new Error(`${what} has subnets in ${zones} Availability Zone of VPC '${vpc.node.path}': Aurora needs subnets in ${ZONES}; add one`);
}
