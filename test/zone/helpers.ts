import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { IConstruct } from 'constructs';
import { DataLakeZone, DataLakeZoneProps, DataStreamOptions } from '../../src';

/** A stack whose assets are not copied: built layers have 80 MB. The given context wins over the flags that all tests run with. */
export function newStack(context: Record<string, unknown> = {}): Stack {
  return new Stack(new App({ context: { [DISABLE_ASSET_STAGING_CONTEXT]: true }, postCliContext: context }), 'Stack');
}

/** A zone `drop` whose next zone is `raw`. */
export function dropZone(stack: Stack, props: Partial<DataLakeZoneProps> = {}): { drop: DataLakeZone; raw: DataLakeZone } {
  const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw' });
  return { raw, drop: new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, ...props }) };
}

/** A zone with one stream `clicks`. */
export function zoneWithStream(stack: Stack, options: DataStreamOptions = {}): DataLakeZone {
  return dropZone(stack, { dataStreams: [{ name: 'clicks', ...options }] }).drop;
}

export function template(stack: Stack): Template {
  return Template.fromStack(stack);
}

/** The properties of the one resource behind a construct. */
export function propertiesOf(stack: Stack, construct: IConstruct): any {
  return resourceOf(stack, construct).Properties;
}

export function resourceOf(stack: Stack, construct: IConstruct): any {
  const logicalId = stack.getLogicalId(construct.node.defaultChild as any);
  return template(stack).toJSON().Resources[logicalId];
}

/** All statements of the policies of a role, by the logical ID of one of its policies' roles. */
export function statementsOf(stack: Stack, role: IConstruct): any[] {
  const logicalId = stack.getLogicalId(role.node.defaultChild as any);
  const policies = Object.values(template(stack).findResources('AWS::IAM::Policy'))
    .filter((policy) => policy.Properties.Roles.some((one: any) => one.Ref === logicalId));
  return policies.flatMap((policy) => policy.Properties.PolicyDocument.Statement);
}

/** What statements say, one right at a time: the same however the CDK groups them, which depends on its feature flags. */
export function rightsOf(statements: any[]): string[] {
  const rights = statements.flatMap(({ Effect, Principal, Action, Resource, Condition }) => [Action].flat().flatMap((action) =>
    [Resource].flat().map((resource) => JSON.stringify([Effect, Principal, action, resource, Condition]))));
  return [...new Set(rights)].sort();
}

export function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map((entry) => String(entry.entry.data));
}

export function logicalIds(stack: Stack, type: string): string[] {
  return Object.keys(template(stack).findResources(type)).sort();
}
