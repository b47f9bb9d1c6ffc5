import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { PRODUCTION, SECURITY } from '../../examples/two-accounts/names';
import { ProdStack } from '../../examples/two-accounts/prod-stack';
import { SecurityStack } from '../../examples/two-accounts/security-stack';
import { nagErrors } from '../private/nag';

jest.mock('cdk-datalake-accelerator', () => jest.requireActual('../../src'), { virtual: true });

function stacks() {
  const app = new App({ context: { [DISABLE_ASSET_STAGING_CONTEXT]: true } });
  const security = new SecurityStack(app, 'SecurityStack', { env: SECURITY });
  return { app, security, prod: new ProdStack(app, 'ProdStack', { env: PRODUCTION, logs: security.logs }) };
}

test('the security stack is deployed first, and neither refers to the other', () => {
  const { app, security, prod } = stacks();
  expect(prod.dependencies).toEqual([security]);
  expect(security.dependencies).toEqual([]);
  const order = app.synth().stacks.map(({ stackName }) => stackName);
  expect(order.indexOf('SecurityStack')).toBeLessThan(order.indexOf('ProdStack'));
  for (const stack of [security, prod]) expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toContain('Fn::ImportValue');
});

test('cdk-nag finds nothing in either', () => {
  const { security, prod } = stacks();
  expect([...nagErrors(security), ...nagErrors(prod)]).toEqual([]);
});
