import { App, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import * as library from '../../src';

type Made = new (scope: Construct, id: string, props?: unknown) => Construct;
const constructs = Object.entries(library as unknown as Record<string, unknown>)
  .filter((entry): entry is [string, Made] => typeof entry[1] === 'function' && entry[1].prototype instanceof Construct);

/** Returns what a caller in JavaScript gets who leaves props out. */
function made(construct: Made, props?: unknown): string {
  try {
    new construct(new Stack(new App(), 'S'), 'X', props);
    return 'made';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

test.each(constructs)('%s without props is made, or says which it needs', (name, construct) => {
  const answers = [made(construct), made(construct, {})];
  for (const answer of answers) expect(answer).toMatch(new RegExp(`^(made|Error: ${name} 'S/X' needs \\w+(, \\w+)*, which (is|are) missing from its props)$`));
  expect(answers[0]).toBe(answers[1]);
});

test.each([
  ['tables', () => new library.DataLakeAccelerator(new Stack(new App(), 'S'), 'Lake', {} as library.DataLakeAcceleratorProps), "DataLakeAccelerator 'S/Lake' needs tables"],
  ['a table without a name', () => new library.DataLakeAccelerator(new Stack(new App(), 'S'), 'Lake', { tables: [{}] as library.TableDefinition[] }), 'table name "undefined" is not valid'],
  ['a stream without a name', () => new library.DataLakeAccelerator(new Stack(new App(), 'S'), 'Lake', {
    tables: [{ name: 'orders' }], zones: [{ name: 'drop', dataStreams: [{}] }, { name: 'raw' }, { name: 'curated' }] as library.ZoneDefinition[],
  }), 'needs streamName'],
])('what is left out inside: %s', (_, make, message) => {
  expect(make).toThrow(message);
});
