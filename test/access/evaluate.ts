/** IAM's decision on a request, for the elements and operators that the personas' policies have; anything else is an error. */

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource?: string | string[];
  readonly NotResource?: string | string[];
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string | string[] } };
}

export interface Request {
  readonly action: string;
  readonly resource: string;
  /** Condition keys; one that is absent from the request is absent here. */
  readonly keys: { readonly [key: string]: string | undefined };
}

export interface Decision {
  readonly allowed: boolean;
  /** Whether something allows it, whatever denies it. */
  readonly granted: boolean;
  /** Sids of all denies that apply. */
  readonly denies: string[];
}

export function decide(statements: Statement[], request: Request): Decision {
  const applying = statements.filter((statement) => applies(statement, request));
  const denies = applying.filter(({ Effect }) => Effect === 'Deny').map(({ Sid }) => Sid);
  const granted = applying.some(({ Effect }) => Effect === 'Allow');
  return { allowed: granted && !denies.length, granted, denies };
}

function applies(statement: Statement, { action, resource, keys }: Request): boolean {
  if (!listed(statement.Action).some((pattern) => like(action.toLowerCase(), pattern.toLowerCase()))) return false;
  const resources = statement.NotResource === undefined
    ? listed(statement.Resource!).some((pattern) => like(resource, pattern))
    : !listed(statement.NotResource).some((pattern) => like(resource, pattern));
  return resources && Object.entries(statement.Condition ?? {}).every(([operator, tests]) =>
    Object.entries(tests).every(([key, values]) => holds(operator, keys[key], listed(values).map((value) => value.replace(/\$\{([^}]+)\}/g, (all, name) => keys[name] ?? all)))));
}

const OPERATORS: Record<string, (found: string | undefined, values: string[]) => boolean> = {
  'StringEquals': (found, values) => found !== undefined && values.includes(found),
  'StringNotEquals': (found, values) => found === undefined || !values.includes(found),
  'StringLike': (found, values) => found !== undefined && values.some((value) => like(found, value)),
  'StringNotLike': (found, values) => found === undefined || !values.some((value) => like(found, value)),
  'Bool': (found, values) => found !== undefined && values.includes(found),
  'Null': (found, values) => values.includes(String(found === undefined)),
  'ForAnyValue:StringEqualsIgnoreCase': (found, values) => found !== undefined && found.split(',').some((one) => values.some((value) => value.toLowerCase() === one.toLowerCase())),
};

function holds(operator: string, found: string | undefined, values: string[]): boolean {
  const test = OPERATORS[operator];
  if (!test) throw new Error(`the operator ${operator} is not known here`);
  return test(found, values);
}

/** The tests match the same few hundred patterns some millions of times. */
const EXPRESSIONS = new Map<string, RegExp>();

function like(text: string, pattern: string): boolean {
  let expression = EXPRESSIONS.get(pattern);
  if (!expression) {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
    expression = new RegExp(`^${escaped}$`, 's');
    EXPRESSIONS.set(pattern, expression);
  }
  return expression.test(text);
}

function listed<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
