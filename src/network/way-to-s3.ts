import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';

/** Returns what is wrong with subnets that S3 is read from through the VPC. Of a VPC that exists already, the routes are not known here. */
export function withoutWayToS3(what: string, vpc: ec2.IVpc, subnets: ec2.ISubnet[]): string[] {
  if (!(vpc instanceof ec2.Vpc)) return [];
  const stack = Stack.of(vpc);
  const text = (value: unknown) => JSON.stringify(stack.resolve(value));
  const endpoints = vpc.node.findAll().filter((part): part is ec2.CfnVPCEndpoint => part instanceof ec2.CfnVPCEndpoint && /\.s3"/.test(text(part.serviceName)));
  const routes = new Set(endpoints.flatMap(({ routeTableIds }) => (routeTableIds ?? []).map(text)));
  const interfaces = endpoints.some(({ vpcEndpointType }) => vpcEndpointType === 'Interface');
  const withNat = vpc.node.findAll().some((part) => part instanceof ec2.CfnNatGateway);
  const cut = interfaces || withNat ? [] : subnets.filter((subnet) => !routes.has(text(subnet.routeTable.routeTableId)));
  if (!cut.length) return [];
  return [`${what} is in the subnet '${cut[0].node.path}', which has no way to S3: give the subnet a gateway endpoint of S3, `
    + 'or use the private subnets of a LakeNetwork'];
}
