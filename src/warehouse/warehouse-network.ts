import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { LakeNetworkAttachment } from '../network/lake-network-attachment';
import { attachedSubnets } from '../network/placement';
import { withoutWayToS3 } from '../network/way-to-s3';
import { acknowledge } from '../private/nag';

/** Redshift's port. */
export const PORT = 5439;

/** https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html */
const ZONES_OF_SERVERLESS = 3;
const REGION_OF_TWO_ZONES = 'us-west-1';

/** Where a warehouse is: subnets, and the security group that lets in who is named, on one port. */
export class WarehouseNetwork extends Construct {
  public readonly subnets: ec2.ISubnet[];
  public readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, network: LakeNetworkAttachment, isServerless: boolean) {
    super(scope, id);
    if (network.securityGroups) {
      throw new Error(`network of warehouse '${scope.node.path}' has securityGroups: the warehouse has one of its own; name who may connect in peers`);
    }
    this.subnets = attachedSubnets(`warehouse '${scope.node.path}'`, network);
    if (isServerless) this.requireZones(scope, network.vpc);
    // Enhanced VPC routing sends COPY through the VPC.
    this.node.addValidation({ validate: () => withoutWayToS3(`warehouse '${scope.node.path}'`, network.vpc, this.subnets) });
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'Data lake: warehouse',
      allowAllOutbound: false,
    });
    // To S3's gateway endpoint, whose addresses are not known at synthesis. The subnets have no route to the internet.
    this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'COPY from S3');
  }

  private requireZones(scope: Construct, vpc: ec2.IVpc): void {
    if (this.subnets.length === 0) return; // A lookup that is pending.
    const stack = Stack.of(this);
    const zones = new Set(this.subnets.map(({ availabilityZone }) => JSON.stringify(stack.resolve(availabilityZone)))).size;
    const needed = stack.region === REGION_OF_TWO_ZONES ? 2 : ZONES_OF_SERVERLESS;
    if (zones >= needed && this.subnets.length >= ZONES_OF_SERVERLESS) return;
    throw new Error(`warehouse '${scope.node.path}' has ${this.subnets.length} subnets in ${zones} Availability Zones of VPC '${vpc.node.path}': Redshift Serverless needs `
      + `${ZONES_OF_SERVERLESS} subnets in ${needed}; add some, or use Warehouse.provisioned()`);
  }
}

/** Lets a peer in. */
export function admit(group: ec2.SecurityGroup, peer: ec2.IConnectable, description: string): void {
  group.connections.allowFrom(peer, ec2.Port.tcp(PORT), description);
}

/** cdk-nag wants another port than the one that every client knows. */
export function acknowledgePort(construct: Construct): void {
  acknowledge(construct, { 'AwsSolutions-RS4': 'Nothing but named security groups reaches the port, and every client knows it.' });
}
