import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';

/**
 * What a Glue job calls beside S3: the catalog and its bookmarks, the key of the bookmarks, its logs, its metrics.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/vpc-interface-endpoints.html
 */
const FOR_GLUE_JOBS = {
  glue: ec2.InterfaceVpcEndpointAwsService.GLUE,
  kms: ec2.InterfaceVpcEndpointAwsService.KMS,
  logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  monitoring: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
};

/** Returns the services that a Glue job needs an interface endpoint for, where there is no NAT. */
export function servicesOfGlueJobs(): ec2.InterfaceVpcEndpointAwsService[] {
  return Object.values(FOR_GLUE_JOBS);
}

/** Returns the names of the services that Glue jobs cannot reach from a VPC that this app makes: no NAT, and no endpoint for them. */
export function unreachableForGlueJobs(vpc: ec2.IVpc): string[] {
  const parts = vpc.node.findAll();
  if (parts.some((part) => part instanceof ec2.CfnNatGateway)) return [];
  const services = parts
    .filter((part) => part instanceof ec2.CfnVPCEndpoint)
    .map((endpoint) => JSON.stringify(Stack.of(vpc).resolve(endpoint.serviceName)));
  return Object.keys(FOR_GLUE_JOBS).filter((name) => !services.some((service) => new RegExp(`\\.${name}(-fips)?"`).test(service)));
}
