// The example of two accounts, with the library as it is here: for test_permissions.py and test_template.py.
import * as modules from 'module';
import * as path from 'path';

const loader = modules.Module as unknown as { _resolveFilename(name: string, ...rest: unknown[]): string };
const resolve = loader._resolveFilename;
const LIBRARY = path.resolve(__dirname, '..', '..', '..', 'src');
loader._resolveFilename = (name, ...rest) => resolve.call(loader, name === 'cdk-datalake-accelerator' ? LIBRARY : name, ...rest);
require('../../two-accounts/app'); // eslint-disable-line @typescript-eslint/no-require-imports
