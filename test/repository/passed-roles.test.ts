import * as fs from 'fs';
import * as path from 'path';

const INTEG = path.resolve(__dirname, '..', '..', 'integ');
const TEMPLATES = fs.readdirSync(INTEG, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.template.json'));

/** Returns all statements that pass a role, wherever in a template they are. */
function passing(value: any): any[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = [value.Action].flat().some((action) => /^(\*|iam:(\*|Pass.*))$/i.test(action)) ? [value] : [];
  return [...own, ...Object.values(value).flatMap(passing)];
}

/** AWS says that tags of the role are no reliable condition: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html */
const asksForTags = (statement: any) => /ResourceTag/i.test(JSON.stringify(statement.Condition ?? {}));

test.each(TEMPLATES)('%s passes no role by its tags', (file) => {
  expect(passing(JSON.parse(fs.readFileSync(path.join(INTEG, file), 'utf8'))).filter(asksForTags)).toEqual([]);
});

test('there are templates to look at, and such a statement is found', () => {
  const planted = { Resources: { P: { Properties: { PolicyDocument: { Statement: [{ Action: ['iam:PassRole'], Condition: { StringEquals: { 'iam:ResourceTag/x': 'y' } } }] } } } } };

  expect(TEMPLATES.length).toBeGreaterThan(6);
  expect(passing(planted).filter(asksForTags)).toHaveLength(1);
});
