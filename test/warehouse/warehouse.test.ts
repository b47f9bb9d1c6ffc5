import { UsageBreachAction, UsagePeriod, Warehouse } from '../../src';

describe('serverless', () => {
  test('by default: 8 to 64 RPU, and no queries after 100 RPU-hours a month', () => {
    expect(Warehouse.serverless().bind()).toEqual({
      serverless: { baseRpu: 8, maxRpu: 64, usageLimit: { rpuHours: 100, period: UsagePeriod.MONTHLY, breachAction: UsageBreachAction.DEACTIVATE } },
    });
  });

  test('the most is no less than the base', () => {
    expect(Warehouse.serverless({ baseRpu: 128 }).bind().serverless).toMatchObject({ baseRpu: 128, maxRpu: 128 });
  });

  test('settings', () => {
    const usageLimit = { rpuHours: 7, period: UsagePeriod.DAILY, breachAction: UsageBreachAction.EMIT_METRIC };
    expect(Warehouse.serverless({ baseRpu: 16, maxRpu: 32, usageLimit }).bind()).toEqual({ serverless: { baseRpu: 16, maxRpu: 32, usageLimit } });
  });

  test.each([4, 8, 512, 544, 1024])('%s RPU', (baseRpu) => {
    expect(Warehouse.serverless({ baseRpu }).bind().serverless!.baseRpu).toBe(baseRpu);
  });

  test.each([0, 1, 5, 12, 520, 1056])('%s RPU are refused', (baseRpu) => {
    expect(() => Warehouse.serverless({ baseRpu })).toThrow(`baseRpu must be 4, a multiple of 8 from 8 to 512, or a multiple of 32 up to 1024, got ${baseRpu}`);
  });

  test('less than the base is refused', () => {
    expect(() => Warehouse.serverless({ baseRpu: 32, maxRpu: 16 })).toThrow('maxRpu must be a whole number from 32');
  });

  test('a limit of nothing is refused', () => {
    expect(() => Warehouse.serverless({ usageLimit: { rpuHours: 0 } })).toThrow('rpuHours of usageLimit must be a whole number from 1');
  });
});

describe('provisioned', () => {
  test('by default: four nodes of the smallest type', () => {
    expect(Warehouse.provisioned().bind()).toEqual({ provisioned: { nodeType: 'ra3.large', nodes: 4 } });
  });

  test.each(['ra3.large', 'ra3.xlplus', 'ra3.4xlarge', 'ra3.16xlarge', 'rg.large', 'rg.xlarge', 'rg.4xlarge', 'rg.12xlarge'])('%s is sold', (nodeType) => {
    expect(Warehouse.provisioned({ nodeType, nodes: 2 }).bind().provisioned).toEqual({ nodeType, nodes: 2 });
  });

  // https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html; of dc2: issue 122 of
  // aws-samples/amazon-bedrock-agents-healthcare-lifesciences has what AWS answers, "Invalid node type: dc2.large".
  test.each([
    ['dc2.large', 'April 2025', 'ra3.large'],
    ['dc2.8xlarge', 'April 2025', 'ra3.4xlarge'],
    ['ds2.xlarge', '2021', 'ra3.xlplus'],
    ['ds2.8xlarge', '2021', 'ra3.4xlarge'],
    ['dc1.large', 'before dc2', 'ra3.large'],
  ])('%s is sold no more', (nodeType, since, nearest) => {
    const make = () => Warehouse.provisioned({ nodeType });
    expect(make).toThrow(`nodeType "${nodeType}" is not sold any more`);
    expect(make).toThrow(since);
    expect(make).toThrow(`use "${nearest}", the nearest type, or Warehouse.serverless()`);
  });

  test('an unknown type is refused', () => {
    expect(() => Warehouse.provisioned({ nodeType: 'm5.large' })).toThrow('nodeType "m5.large" is not known: use "ra3.large"');
  });

  test.each([['ra3.large', 0], ['ra3.large', 17], ['ra3.4xlarge', 1], ['ra3.16xlarge', 1.5], ['rg.xlarge', 1], ['rg.xlarge', 33], ['rg.large', 17], ['rg.4xlarge', 65], ['rg.12xlarge', 1]])('%s has not %s nodes', (nodeType, nodes) => {
    expect(() => Warehouse.provisioned({ nodeType, nodes })).toThrow(`nodes, got ${nodes}`);
  });
});
