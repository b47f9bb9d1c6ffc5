import { IPostProcessor, IResolvable, IResolveContext, Lazy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';

/**
 * A policy document in fewer characters: a lake of many tables has many roles, and CloudFormation takes no template over 1 MB.
 *
 * References inside text are written as `Fn::Sub`, and statements that differ in their `s3:prefix` alone are one. Resources are in an order that
 * does not depend on the hashes of assets, so that a new version of a script changes its hash in the template and nothing else.
 */
export class CompactPolicyDocument extends iam.PolicyDocument {
  private isPrepared = false;
  private written?: { readonly scope: IConstruct; readonly document: any };

  constructor() {
    super({ minimize: true });
  }

  /**
   * While the app is prepared, only the references are asked for. Then nothing changes any more, and the template, the tree and the check of wildcards
   * get the same document.
   */
  public resolve(context: IResolveContext): any {
    let sorting: IPostProcessor | undefined;
    const resolved = () => context.resolve(super.resolve({ ...context, registerPostProcessor: (processor) => { sorting = processor; } }));
    if (context.preparing) {
      this.isPrepared = true;
      this.written = undefined;
      return resolved();
    }
    if (this.written?.scope !== context.scope) {
      const document = compact(resolved());
      this.written = { scope: context.scope, document: ordered(document, (input) => sorting?.postProcess(input, context) ?? input) };
    }
    const { document } = this.written;
    if (!this.isPrepared) this.written = undefined;
    // What a postprocessor returns is not resolved once more.
    context.registerPostProcessor({ postProcess: () => document });
    return undefined;
  }
}

/** A value that is written in few characters when the template is. */
export function compacted(value: any): IResolvable {
  return Lazy.uncachedAny({ produce: (context) => compact(context.resolve(value)) });
}

/** Rewrites every `Fn::Join` of text and plain references as `Fn::Sub`; what it cannot rewrite stays. */
export function compact(value: any): any {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== 'object' || value === null) return value;
  const [delimiter, parts] = value['Fn::Join'] ?? [];
  if (delimiter === '' && Array.isArray(parts)) {
    const text = parts.map(substitution);
    if (text.every((part) => part !== undefined)) return { 'Fn::Sub': text.join('') };
  }
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, compact(child)]));
}

function substitution(part: any): string | undefined {
  if (typeof part === 'string') return part.replace(/\$\{/g, '${!');
  if (typeof part?.Ref === 'string') return `\${${part.Ref}}`;
  if (typeof part?.['Fn::Sub'] === 'string') return part['Fn::Sub'];
  const attribute = part?.['Fn::GetAtt'];
  return Array.isArray(attribute) && attribute.every((name) => typeof name === 'string') ? `\${${attribute.join('.')}}` : undefined;
}

function ordered(document: any, sort: (document: any) => any): any {
  if (!document?.Statement) return document;
  const sorted = sort({ ...document, Statement: mergePrefixes(document.Statement) });
  return { ...sorted, Statement: sorted.Statement.map(inStableOrder) };
}

function mergePrefixes(statements: any[]): any[] {
  const merged = new Map<string, any>();
  for (const statement of statements) {
    const { Condition: condition, ...rest } = statement;
    const prefixes = condition?.StringLike?.['s3:prefix'];
    const only = prefixes && Object.keys(condition).length === 1 && Object.keys(condition.StringLike).length === 1;
    const key = JSON.stringify(only ? rest : statement);
    const before = merged.get(key)?.Condition.StringLike['s3:prefix'] ?? [];
    merged.set(key, only ? { ...rest, Condition: { StringLike: { 's3:prefix': [...new Set([before, prefixes].flat())] } } } : statement);
  }
  return [...merged.values()];
}

/** Returns a statement whose list of resources, if it has one, is sorted by everything but the hashes in it. */
function inStableOrder(statement: any): any {
  if (!Array.isArray(statement.Resource)) return statement;
  const key = (resource: any) => JSON.stringify(resource).replace(/\b[0-9a-f]{64}\b/g, '');
  return { ...statement, Resource: [...statement.Resource].sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b)))) };
}
