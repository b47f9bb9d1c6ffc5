import { IPostProcessor, IResolvable, IResolveContext, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';

/**
 * What is written of a value. While an app is prepared, only its references are asked for. Then nothing changes any more: the template, the tree and
 * the checks get the same.
 */
class Written {
  private isPrepared = false;
  private last?: { readonly scope: IConstruct; readonly value: any };

  /**
   * @param context who asks
   * @param resolved returns the value with all of its references
   * @param write returns what is written of that
   */
  public for(context: IResolveContext, resolved: () => any, write: (value: any) => any): any {
    if (context.preparing) {
      this.isPrepared = true;
      this.last = undefined;
      return resolved();
    }
    const { scope } = context;
    const written = this.last?.scope === scope ? this.last : { scope, value: write(resolved()) };
    if (this.isPrepared) this.last = written;
    // What a postprocessor returns is not resolved once more.
    context.registerPostProcessor({ postProcess: () => written.value });
    return undefined;
  }
}

/**
 * A policy document in fewer characters: a lake of many tables has many roles, and CloudFormation takes no template over 1 MB.
 *
 * References inside text are written as `Fn::Sub`, and statements that differ in their `s3:prefix` alone are one. Resources are in an order that
 * does not depend on the hashes of assets, so that a new version of a script changes its hash in the template and nothing else.
 */
export class CompactPolicyDocument extends iam.PolicyDocument {
  private readonly written = new Written();

  constructor() {
    super({ minimize: true });
  }

  public resolve(context: IResolveContext): any {
    let sorting: IPostProcessor | undefined;
    const resolved = () => context.resolve(super.resolve({ ...context, registerPostProcessor: (processor) => { sorting = processor; } }));
    return this.written.for(context, resolved, (document) => ordered(compact(document), (input) => sorting?.postProcess(input, context) ?? input));
  }
}

/** A value that is written in few characters when the template is. */
export function compacted(value: any): IResolvable {
  const written = new Written();
  return new Computed((context) => written.for(context, () => context.resolve(value), compact));
}

class Computed implements IResolvable {
  public readonly creationStack: string[] = [];

  constructor(public readonly resolve: (context: IResolveContext) => any) {}

  public toString(): string {
    return Token.asString(this);
  }
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
