import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { cacheHome, packagePath } from '../../src/private/paths';

const environment = { ...process.env };
afterEach(() => { process.env = { ...environment }; });

test('the package\'s files are found', () => {
  expect(fs.existsSync(packagePath('package.json'))).toBe(true);
  expect(fs.existsSync(packagePath('lambda', 'csv_to_next_zone', 'index.py'))).toBe(true);
});

test('the cache is where LAKE_CACHE says, then XDG_CACHE_HOME, then the home folder', () => {
  process.env.LAKE_CACHE = '/one';
  process.env.XDG_CACHE_HOME = '/two';
  expect(cacheHome()).toBe(path.resolve('/one'));
  delete process.env.LAKE_CACHE;
  expect(cacheHome()).toBe(path.join('/two', 'cdk-datalake-accelerator'));
  delete process.env.XDG_CACHE_HOME;
  if (process.platform !== 'win32') expect(cacheHome()).toBe(path.join(os.homedir(), '.cache', 'cdk-datalake-accelerator'));
});

test('the same rule as bin/python-env.js', () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { cacheHome: ofLake } = require('../../bin/python-env.js');
  for (const settings of [{ LAKE_CACHE: '/one' }, { XDG_CACHE_HOME: '/two' }, {}]) {
    process.env = { ...environment, LAKE_CACHE: undefined, XDG_CACHE_HOME: undefined, ...settings };
    for (const name of ['LAKE_CACHE', 'XDG_CACHE_HOME']) if (!(name in settings)) delete process.env[name];
    expect(cacheHome()).toBe(ofLake());
  }
});
