import { CfnResource, IResolvable, Stack, Validations } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** A wildcard in a policy that is meant, and why. */
export interface AllowedWildcard {
  /** Matches cdk-nag's finding, such as `Resource::<ZoneBucket1A2B3C.Arn>/incoming/*` or `Action::kms:GenerateDataKey*`. */
  readonly finding: RegExp;
  readonly reason: string;
}

/**
 * Acknowledges rules of cdk-nag on one construct, each with its reason. cdk-nag 3 reads them from the construct tree
 * (`Validations`, part of aws-cdk-lib), cdk-nag 2 from the metadata of the resource, so that the library depends on neither.
 */
export function acknowledge(construct: IConstruct, rules: { readonly [ruleId: string]: string }): void {
  acknowledgeInTree(construct, rules);
  suppress(construct, Object.entries(rules).map(([id, reason]) => {
    const [, rule, finding] = /^([^[]+)(?:\[(.*)\])?$/.exec(id)!;
    return { id: rule, reason, ...finding && { applies_to: [finding] } };
  }));
}

function acknowledgeInTree(construct: IConstruct, rules: { readonly [ruleId: string]: string }): void {
  for (const [id, reason] of Object.entries(rules)) {
    if (id.split('::').length <= 2) {
      Validations.of(construct).acknowledge({ id, reason });
    } else {
      // A finding with an ARN in it. `acknowledge()` takes the second `::` for a mistake; what it would write is this.
      construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [id]: reason });
    }
  }
}

/**
 * Acknowledges expected wildcards (AwsSolutions-IAM5) in the policies below a construct, and no others. Call it when the policies are there.
 *
 * cdk-nag 3 names each finding after the rendered policy, whose references are only final when the app is validated: the names are
 * therefore made then. cdk-nag 2 comes earlier, and takes the patterns as they are.
 */
export function allowWildcards(scope: IConstruct, ...allowed: AllowedWildcard[]): void {
  for (const construct of scope.node.findAll()) {
    if (!CfnResource.isCfnResource(construct)) continue;
    suppress(construct, allowed.map(({ finding, reason }) => ({ id: 'AwsSolutions-IAM5', reason, applies_to: [{ regex: finding.toString() }] })));
  }
  scope.node.addValidation({
    validate: () => {
      for (const construct of scope.node.findAll()) {
        if (!CfnResource.isCfnResource(construct)) continue;
        for (const finding of wildcardFindings(construct)) {
          const match = allowed.find((candidate) => candidate.finding.test(finding));
          if (match) acknowledgeInTree(construct, { [`AwsSolutions-IAM5[${finding}]`]: match.reason });
        }
      }
      return [];
    },
  });
}

/** A suppression as cdk-nag 2 keeps it: https://github.com/cdklabs/cdk-nag/blob/main/README.md#suppressing-a-rule */
interface Suppression {
  readonly id: string;
  readonly reason: string;
  readonly applies_to?: (string | { readonly regex: string })[];
}

/** Read in the tree by cdk-nag 2, and left out of the template, which would grow by a third. */
class Suppressions implements IResolvable {
  public readonly creationStack: string[] = [];

  constructor(public readonly rules_to_suppress: Suppression[]) {}

  public resolve(): undefined {
    return undefined;
  }
}

function suppress(construct: IConstruct, suppressions: Suppression[]): void {
  const resource = CfnResource.isCfnResource(construct) ? construct : construct.node.defaultChild;
  if (!resource || !CfnResource.isCfnResource(resource)) return;
  const before: Suppression[] = resource.getMetadata('cdk_nag')?.rules_to_suppress ?? [];
  resource.addMetadata('cdk_nag', new Suppressions([...before, ...suppressions]));
}

function wildcardFindings(resource: CfnResource): string[] {
  const { policyDocument, policies } = resource as { policyDocument?: unknown; policies?: unknown };
  const documents = resource.cfnResourceType === 'AWS::IAM::Role'
    ? asArray(Stack.of(resource).resolve(policies)).map((policy) => policy?.policyDocument)
    : /^AWS::IAM::(Managed)?Policy$/.test(resource.cfnResourceType) ? [policyDocument] : [];
  const findings = new Set<string>();
  for (const document of documents) {
    for (const statement of asArray(Stack.of(resource).resolve(document)?.Statement)) {
      if (statement.Effect !== 'Allow') continue;
      asArray(statement.Action).filter((action) => action.includes('*')).forEach((action) => findings.add(`Action::${action}`));
      asArray(statement.Resource).map(flatten).filter((arn) => arn.includes('*')).forEach((arn) => findings.add(`Resource::${arn}`));
    }
  }
  return [...findings];
}

/** A rendered reference as cdk-nag writes it: `<LogicalId.Arn>/path/*`. */
function flatten(value: any): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value.replace(/\${/g, '<').replace(/}/g, '>');
  if (value['Fn::Join']) return value['Fn::Join'][1].map(flatten).join(value['Fn::Join'][0]);
  if (value['Fn::Sub']) return flatten(value['Fn::Sub']);
  if (value['Fn::GetAtt']) return `<${flatten(value['Fn::GetAtt'][0])}.${flatten(value['Fn::GetAtt'][1])}>`;
  if (value['Fn::ImportValue']) return flatten(value['Fn::ImportValue']);
  if (value.Ref) return `<${flatten(value.Ref)}>`;
  return JSON.stringify(value);
}

function asArray(value: any): any[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
