import { findings, read, REASONS, render } from './compliance';

const found = findings();

test('docs/compliance.md has what the packs find', () => {
  expect(read()).toBe(render(read(), found));
});

test('every finding has a reason, and every reason a finding', () => {
  expect([...new Set(found.map(({ rule }) => rule))].sort()).toEqual(Object.keys(REASONS).sort());
});

test('the AWS Solutions pack finds nothing', () => {
  expect(found.filter(({ pack }) => pack === 'AWS Solutions')).toEqual([]);
});
