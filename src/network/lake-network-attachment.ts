import * as ec2 from 'aws-cdk-lib/aws-ec2';

/**
 * A network that functions and jobs of the lake run in: a VPC that exists, or `LakeNetwork.attachment()`.
 *
 * Without NAT the subnets need endpoints. The library's own stream functions need S3's gateway endpoint alone: queues, keys, logs and
 * failures are Lambda's and S3's to reach. Glue jobs need S3's gateway endpoint, and interface endpoints with private DNS for Glue (tables
 * and bookmarks), KMS (bookmarks are encrypted by the job), CloudWatch Logs and CloudWatch (`monitoring`, metrics); for code of
 * your own, those of what it calls. The VPC needs DNS names and DNS support. Crawlers and Athena run in AWS's network: a bucket policy that
 * allows only the VPC blocks crawlers and Athena.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/start-connecting.html
 * @see https://docs.aws.amazon.com/glue/latest/dg/vpc-interface-endpoints.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 *
 * @example
 * const vpc = ec2.Vpc.fromLookup(this, 'Vpc', { vpcName: 'company' });
 * new DataLakeAccelerator(this, 'Lake', {
 *   tables: [{ name: 'orders' }],
 *   network: { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } },
 * });
 */
export interface LakeNetworkAttachment {
  /** The VPC. */
  readonly vpc: ec2.IVpc;

  /**
   * Which subnets of the VPC. Public ones are refused: functions and jobs get no public address in them. Functions use all of the subnets;
   * jobs the first, because a Glue connection has one.
   *
   * @default - the private subnets with egress; where there are none, the isolated ones
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Existing security groups, at most five; they stay as they are. For jobs, one of them must let itself in on all TCP ports, because the
   * workers of a job talk to each other: `group.connections.allowInternally(ec2.Port.allTcp())`.
   *
   * @default - one of its own for the functions of each zone, which lets nothing in, and one for all jobs of a catalog, which lets itself in on all TCP ports
   * @see https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether the Glue jobs run there, too. Where they do not, they run in AWS's network, as crawlers do.
   *
   * @default true
   */
  readonly jobs?: boolean;
}
