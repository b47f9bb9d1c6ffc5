import { App } from 'aws-cdk-lib';
import { PRODUCTION, SECURITY } from './names';
import { ProdStack } from './prod-stack';
import { SecurityStack } from './security-stack';

const app = new App();
const security = new SecurityStack(app, 'SecurityStack', { env: SECURITY });
// The logs make ProdStack come after SecurityStack: CloudTrail refuses a trail whose bucket is not there.
new ProdStack(app, 'ProdStack', { env: PRODUCTION, logs: security.logs });
