import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DataLakeZone, ZonedGlueCatalog, ZonedGlueCatalogProps } from '../../src';

/** A stack with a chain of zones, without streams. */
export function lakeStack(zoneNames: string[] = ['drop', 'raw', 'curated']): { stack: Stack; zones: DataLakeZone[] } {
  const stack = new Stack(new App({ context: { 'aws:cdk:disable-asset-staging': true } }), 'Test');
  const zones: DataLakeZone[] = [];
  for (const zoneName of [...zoneNames].reverse()) {
    zones.unshift(new DataLakeZone(stack, `Zone-${zoneName}`, { zoneName, nextZone: zones[0], dataStreams: [] }));
  }
  return { stack, zones };
}

/** A catalog over such a chain. */
export function catalogOf(props: Partial<ZonedGlueCatalogProps> = {}): { stack: Stack; catalog: ZonedGlueCatalog; zones: DataLakeZone[] } {
  const { stack, zones } = lakeStack();
  const catalog = new ZonedGlueCatalog(stack, 'Catalog', { zones, tables: [{ name: 'orders' }], ...props });
  return { stack, catalog, zones };
}

/** The one resource of a type that says so in its lake metadata. */
export function described(template: Template, kind: string, name?: string): any {
  const found = Object.values(template.toJSON().Resources).filter((resource: any) => {
    const metadata = resource.Metadata?.datalake;
    return metadata?.kind === kind && (name === undefined || name === metadata.name || name === metadata.zone);
  });
  expect(found).toHaveLength(1);
  return found[0];
}

/** All policies of a role, those inside and those that it shares, with the tags of the role in the place of their variables. */
export function policiesOf(resources: any, role: any): any[] {
  const shared = (role.Properties.ManagedPolicyArns ?? []).filter((arn: any) => arn.Ref)
    .map((arn: any) => resources[arn.Ref].Properties.PolicyDocument);
  const tags = Object.fromEntries((role.Properties.Tags ?? []).map(({ Key, Value }: any) => [Key, Value]));
  return [...(role.Properties.Policies ?? []).map((policy: any) => policy.PolicyDocument), ...shared]
    .map((document) => JSON.stringify(document).replace(/\$\{!?aws:PrincipalTag\/(\w+)\}/g, (_, key) => tags[key] ?? `no-tag-${key}`))
    .map((text) => JSON.parse(text));
}

/** The statements of a role's policies that allow an action. */
export function statementsOf(template: Template, roleArn: any, action: string): any[] {
  const role = template.toJSON().Resources[roleArn['Fn::GetAtt'][0]];
  return policiesOf(template.toJSON().Resources, role).flatMap((policy) => policy.Statement)
    .filter((statement: any) => [statement.Action].flat().includes(action));
}

/** Renders references for comparing: `<LogicalId>`. */
export function flat(value: any): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(flat).join('');
  if (value['Fn::GetAtt']) return `<${value['Fn::GetAtt'].join('.')}>`;
  if (value['Fn::Sub']) return value['Fn::Sub'].replace(/\$\{([^}]+)\}/g, '<$1>');
  return `<${value.Ref}>`;
}

/** The characters of a policy as IAM counts them: references as long as what they may stand for, white space free. */
export function policySize(document: any): number {
  const text = JSON.stringify(document, (_, value) => value?.['Fn::Join'] || value?.['Fn::Sub'] || value?.['Fn::GetAtt'] || value?.Ref ? flat(value) : value);
  return text.replace(/<\w+\.Arn>/g, 'x'.repeat(75)).replace(/<AWS::Region>/g, 'ap-southeast-1').replace(/<AWS::\w+>/g, '1'.repeat(12))
    .replace(/<\w+>/g, 'x'.repeat(63)).length;
}
