import { Case, Matrix } from './matrix';

const matrix = Matrix.read();
const PERSONAS = ['steward', 'engineer', 'scientist', 'analyst'];
const ZONES = ['drop', 'raw', 'curated', 'sandbox'];
const ELSEWHERE = ['start-job', 'create-job', 'pass-role', 'read-dlq'];

function find(persona: string, clearance: string, action: string, zone?: string, classification?: string): Case {
  return matrix.cases.find((one) => one.persona === persona && one.clearance === clearance && one.action === action
    && one.zone === zone && one.classification === classification)!;
}

test('every persona, clearance, action, zone and class is answered, once', () => {
  const keys = matrix.cases.map(({ persona, clearance, action, zone, classification }) => [persona, clearance, action, zone, classification].join());
  const expected = PERSONAS.flatMap((persona) => matrix.classes.flatMap((clearance) => matrix.actions.flatMap((action) => {
    if (action === 'read-dlq') return [[persona, clearance, action, undefined, undefined].join()];
    const zones = ELSEWHERE.includes(action) ? [undefined] : ZONES;
    return zones.flatMap((zone) => matrix.classes.map((classification) => [persona, clearance, action, zone, classification].join()));
  })));

  expect(matrix.classes).toEqual(['proprietary', 'restricted', 'secret']);
  expect(matrix.actions).toHaveLength(12);
  expect([...keys].sort()).toEqual([...expected].sort());
  expect(keys).toHaveLength(1272);
});

test('at least 35 % of the cases are allowed, and every refusal names a statement', () => {
  const allowed = matrix.cases.filter(({ allowed: is }) => is).length;

  expect(allowed / matrix.cases.length).toBeGreaterThanOrEqual(0.35);
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
  expect(matrix.cases.flatMap(({ refusedBy }) => refusedBy).filter((sid) => !/^[A-Za-z0-9]+$/.test(sid))).toEqual([]);
});

test('a higher clearance never takes away, a higher class never gives', () => {
  const level = (name?: string) => matrix.classes.indexOf(name!);
  for (const one of matrix.cases.filter(({ allowed }) => allowed)) {
    const others = matrix.cases.filter((other) => other.persona === one.persona && other.action === one.action && other.zone === one.zone
      && level(other.clearance) >= level(one.clearance) && level(other.classification) <= level(one.classification));
    expect(others.filter(({ allowed }) => !allowed)).toEqual([]);
  }
});

test.each<[string, Case, boolean, string[]]>([
  ['an engineer reads what they are cleared for', find('engineer', 'restricted', 'get', 'raw', 'restricted'), true, []],
  ['and no more', find('engineer', 'restricted', 'get', 'raw', 'secret'), false, ['ReadSecret']],
  ['a steward is bound by the clearance', find('steward', 'proprietary', 'tag', 'raw', 'restricted'), false, ['TagRestricted']],
  ['a scientist writes to curated only', find('scientist', 'secret', 'put', 'raw', 'proprietary'), false, ['NoOtherWrites']],
  ['whichever of two statements refuses', find('scientist', 'proprietary', 'put', 'drop', 'secret'), false, ['NoOtherWrites', 'WriteSecret']],
  ['an analyst does not see the drop zone', find('analyst', 'secret', 'list', 'drop', 'proprietary'), false, ['NoOtherReads']],
  ['nobody decrypts by hand', find('steward', 'secret', 'decrypt', 'raw', 'proprietary'), false, ['KeysOnlyThroughServices']],
  ['jobs have a class', find('scientist', 'restricted', 'pass-role', undefined, 'secret'), false, ['PassSecret']],
  ['the queue has none', find('steward', 'proprietary', 'read-dlq'), true, []],
])('%s', (_, found, allowed, refusedBy) => {
  expect(found).toMatchObject({ allowed, refusedBy });
});

test('every attempt that must fail is by a persona, and names what refuses it', () => {
  expect(matrix.attempts.length).toBeGreaterThanOrEqual(28);
  for (const { what, personas, refusedBy } of matrix.attempts) {
    expect(what).not.toBe('');
    expect(personas.filter((name) => name !== 'all' && !PERSONAS.includes(name))).toEqual([]);
    expect(refusedBy).toMatch(/^[A-Za-z0-9]+$|^the (role's trust policy|job's non-overridable arguments)$/);
  }
});
