import * as fs from 'fs';
import * as path from 'path';

interface Documented {
  readonly name?: string;
  readonly docs?: { readonly summary?: string; readonly default?: string };
}

interface Member extends Documented {
  readonly optional?: boolean;
  readonly overrides?: string;
}

interface Type extends Documented {
  readonly kind: 'class' | 'enum' | 'interface';
  readonly fqn: string;
  readonly datatype?: boolean;
  readonly properties?: Member[];
  readonly methods?: Member[];
  readonly members?: Member[];
}

/** Returns what an exported API leaves undocumented: types and members without a summary, optional props without `@default`. */
function undocumented(types: Type[]): string[] {
  return types.flatMap((type) => [
    ...type.docs?.summary ? [] : [`${type.fqn} has no documentation`],
    ...[...type.properties ?? [], ...type.methods ?? [], ...type.members ?? []]
      // A member that a base type or interface documents inherits its documentation.
      .filter((member) => !member.overrides && !member.docs?.summary)
      .map((member) => `${type.fqn}.${member.name} has no documentation`),
    ...(type.datatype ? type.properties ?? [] : [])
      .filter((prop) => prop.optional && !prop.docs?.default)
      .map((prop) => `${type.fqn}.${prop.name} is optional and has no @default`),
  ]).sort();
}

test('every exported type and member is documented, every optional prop says its default', () => {
  const { types } = JSON.parse(fs.readFileSync(path.resolve(__dirname, '..', '..', '.jsii'), 'utf8')) as { types: Record<string, Type> };
  expect(Object.keys(types).length).toBeGreaterThan(30);
  expect(undocumented(Object.values(types))).toEqual([]);
});

describe('what is refused', () => {
  const docs = { summary: 'Something.' };

  test.each<[string, Type, string[]]>([
    ['a type', { fqn: 'a.B', kind: 'class' }, ['a.B has no documentation']],
    ['a method', { fqn: 'a.B', kind: 'class', docs, methods: [{ name: 'run' }] }, ['a.B.run has no documentation']],
    ['a member of an enum', { fqn: 'a.B', kind: 'enum', docs, members: [{ name: 'ONE' }] }, ['a.B.ONE has no documentation']],
    ['an optional prop', { fqn: 'a.P', kind: 'interface', datatype: true, docs, properties: [{ name: 'size', optional: true, docs }] },
      ['a.P.size is optional and has no @default']],
  ])('%s', (_, type, expected) => {
    expect(undocumented([type])).toEqual(expected);
  });

  test.each<[string, Type]>([
    ['a required prop', { fqn: 'a.P', kind: 'interface', datatype: true, docs, properties: [{ name: 'size', docs }] }],
    ['an optional prop with its default', { fqn: 'a.P', kind: 'interface', datatype: true, docs, properties: [{ name: 'size', optional: true, docs: { ...docs, default: '- 1' } }] }],
    ['an override', { fqn: 'a.B', kind: 'class', docs, methods: [{ name: 'run', overrides: 'a.A' }] }],
  ])('not %s', (_, type) => {
    expect(undocumented([type])).toEqual([]);
  });
});
