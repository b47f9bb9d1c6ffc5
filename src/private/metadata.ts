import { CfnResource } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** The template metadata key under which a lake's resources say what they are. */
export const METADATA_KEY = 'datalake';

/**
 * Says in the template what a resource is to the lake, so that `lake` recognises it on this machine and on AWS alike.
 *
 * @param construct a CfnResource, or a construct whose default child is one
 * @param description plain strings and numbers (a lazy value that resolves to one is fine), no references
 */
export function describe(construct: IConstruct, description: { readonly kind: string; readonly [key: string]: unknown }): void {
  cfnResourceOf(construct).addMetadata(METADATA_KEY, description);
}

/** The L1 of a construct. */
export function cfnResourceOf(construct: IConstruct): CfnResource {
  const resource = CfnResource.isCfnResource(construct) ? construct : construct.node.defaultChild;
  if (!resource || !CfnResource.isCfnResource(resource)) {
    throw new Error(`'${construct.node.path}' has no CloudFormation resource of its own: pass a construct that creates one`);
  }
  return resource;
}
