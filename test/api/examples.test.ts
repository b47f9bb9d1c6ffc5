import * as fs from 'fs';
import * as path from 'path';
import * as ts from 'typescript';

const ROOT = path.resolve(__dirname, '..', '..');
const FIXTURE = fs.readFileSync(path.join(ROOT, 'rosetta', 'default.ts-fixture'), 'utf8');

interface Type {
  readonly name: string;
  readonly kind: 'class' | 'enum' | 'interface';
  readonly docs?: { readonly example?: string };
}

const TYPES: Type[] = Object.values(JSON.parse(fs.readFileSync(path.join(ROOT, '.jsii'), 'utf8')).types as Record<string, Type>);

/** What is handed back to the library, and never written by a user. */
const HANDED_BACK = /Config$/;

/** Returns an example as a module: with its imports, inside a stack. */
function moduleOf(example: string): string {
  const declarations = example.split('\n').filter((line) => line.startsWith('declare '));
  const statements = example.split('\n').filter((line) => !line.startsWith('declare '));
  return `${declarations.join('\n')}\n${FIXTURE.replace('/// here', () => statements.join('\n'))}`;
}

/** Compiles examples against the library; returns its errors: `<name>: <message>`. */
function errorsOf(examples: Record<string, string>): string[] {
  const file = (name: string) => path.join(__dirname, `example-of-${name}.ts`);
  const sources = new Map(Object.entries(examples).map(([name, example]) => [file(name), moduleOf(example)]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    types: ['node'],
    paths: { 'cdk-datalake-accelerator': [path.join(ROOT, 'lib', 'index.d.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => sources.has(name) || fileExists(name);
  host.getSourceFile = (name, ...rest) => {
    const text = sources.get(name);
    return text === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, text, ts.ScriptTarget.ES2022);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map((found) => {
    const name = path.basename(found.file?.fileName ?? '?', '.ts').replace('example-of-', '');
    return `${name}: ${ts.flattenDiagnosticMessageText(found.messageText, '\n')}`;
  });
}

test('every construct, every interface and every class of options has an example', () => {
  const without = TYPES.filter(({ kind, name, docs }) => kind !== 'enum' && !HANDED_BACK.test(name) && !docs?.example).map(({ name }) => name);
  expect(without).toEqual([]);
});

test('no example takes objects apart, which cannot be translated to Python and Java', () => {
  expect(TYPES.filter(({ docs }) => /(const|let) [{[]/.test(docs?.example ?? '')).map(({ name }) => name)).toEqual([]);
});

describe('examples compile', () => {
  const examples = Object.fromEntries(TYPES.filter(({ docs }) => docs?.example).map(({ name, docs }) => [name, docs!.example!]));
  const planted = "declare const role: iam.IRole;\nnew DataLakeAccelerator(this, 'Lake', { table: [] });\nrole.nothing();";
  let errors: string[];

  beforeAll(() => { errors = errorsOf({ ...examples, Planted: planted }); }, 120_000);

  test('all of them', () => {
    expect(Object.keys(examples).length).toBeGreaterThan(40);
    expect(errors.filter((error) => !error.startsWith('Planted: '))).toEqual([]);
  });

  test('one that does not is found', () => {
    expect(errors.filter((error) => error.startsWith('Planted: '))).toEqual([
      expect.stringContaining("'table' does not exist in type 'DataLakeAcceleratorProps'"),
      expect.stringContaining("Property 'nothing' does not exist on type 'IRole'"),
    ]);
  });
});
