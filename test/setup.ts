import * as fs from 'fs';
import * as path from 'path';

// Templates do not depend on whether this machine has built the layers; and without them, no test copies 80 MB into its assembly.
process.env.LAKE_PREBUILT_LAYERS = path.join(__dirname, 'no-built-layers');
process.env.LAKE_CACHE = path.join(__dirname, 'no-built-layers');

// The same tests run with no feature flag of the CDK and with all that `cdk init` sets: every App and Stack reads its context from here,
// and none from the caller's environment.
delete process.env.CONTEXT_OVERFLOW_LOCATION;
delete process.env.CDK_CONTEXT_JSON;
const flags = process.env.LAKE_TEST_FLAGS ?? 'none';
if (!['none', 'recommended'].includes(flags)) throw new Error(`LAKE_TEST_FLAGS is '${flags}': use none or recommended`);
const context = flags === 'none' ? {} : JSON.parse(fs.readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8'));
// Where each construct was made takes a tenth of the time to find out, and no test asks for it.
process.env.CDK_CONTEXT_JSON = JSON.stringify({ ...context, 'aws:cdk:disable-stack-trace': true, 'aws:cdk:disable-creation-stack-traces': true });

// With the newest flags, the CDK sets the exit code of a process that has synthesized an app with errors in it, such as layers that are not
// built: here, it is the tests' own result that counts.
Object.defineProperty(process, 'exitCode', { value: undefined, writable: true });
