/**
 * What cdk-nag's NIST 800-53 R5 and HIPAA packs find in a lake with network, monitoring, audit and personas, and why it is left so: the tables of
 * docs/compliance.md. `npx ts-node --project test/tsconfig.json test/audit/compliance.ts` writes them.
 */
import * as fs from 'fs';
import * as path from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks, HIPAASecurityChecks, NagPack, NIST80053R5Checks } from 'cdk-nag';
import { lakeIn } from './support';
import { LakeNetwork, PersonaTrust } from '../../src';

const DOCUMENT = path.join(__dirname, '..', '..', 'docs', 'compliance.md');
const BEGIN = '<!-- counts -->';
const END = '<!-- end -->';

const PACKS: readonly (readonly [string, () => NagPack])[] = [
  ['AWS Solutions', () => new AwsSolutionsChecks()],
  ['NIST 800-53 R5', () => new NIST80053R5Checks()],
  ['HIPAA Security', () => new HIPAASecurityChecks()],
];

/** Why a rule is broken, by its name without the pack's. */
export const REASONS: Readonly<Record<string, string>> = {
  CloudWatchLogGroupEncrypted: 'CloudWatch Logs encrypts all groups with a key of its own. Logs of functions name objects and counts, no rows; the audit\'s group has a key of the lake.',
  IAMNoInlinePolicy: 'A role of the lake belongs to one function, crawler or job, and its policy to nobody else. Jobs share managed policies.',
  IAMPolicyNoStatementsWithFullAccess: 'Data scientists use all of SageMaker. The roles that they may pass to it are bounded by their clearance, and the bucket policies bind them too.',
  LambdaConcurrency: 'A limit reserves a part of the account\'s concurrency, which other functions then lack. `maxConcurrency` of a stream limits how many run, at the queue.',
  LambdaDLQ: 'The dead-letter queue is behind the stream\'s queue, where Lambda looks for it: a function that SQS invokes has no use for one of its own. The daily check of arrivals is repeated the next day.',
  LambdaInsideVPC: 'The check of arrivals calls Glue\'s API, which a VPC without an interface endpoint does not reach. It reads no data.',
  S3BucketReplicationEnabled: 'Doubles the price of storage, and is a decision on regions: give zones buckets of your own that replicate (`zones: [{ bucket }]`). Versions are kept.',
  S3BucketVersioningEnabled: 'Access logs and results of queries are written once, and expire.',
  S3DefaultEncryptionKMS: 'S3 delivers access logs only to buckets with its own encryption.',
  VPCNoUnrestrictedRouteToIGW: 'Public subnets are what they are for: nothing of the lake runs in them. Without NAT gateways nothing is in them at all.',
};

/** A rule that is broken: by how many resources, in which pack. */
export interface Finding {
  readonly pack: string;
  readonly rule: string;
  readonly count: number;
}

/** Returns all findings of the packs, in their order, and the packs without any with a count of 0. */
export function findings(): Finding[] {
  const app = new App({ context: { [DISABLE_ASSET_STAGING_CONTEXT]: true } });
  const stack = new Stack(app, 'Compliance', { env: { account: '111122223333', region: 'eu-west-1' } });
  lakeIn(stack, { network: new LakeNetwork(stack, 'Network').attachment(), monitoring: {}, audit: {}, personas: { trust: PersonaTrust.account() } });
  app.synth();
  return PACKS.flatMap(([pack, make]) => {
    const errors = make().validateScope(stack).violations.filter(({ severity }) => severity === 'error');
    const found = errors.map(({ ruleName, violatingResources }) => ({ pack, rule: ruleName.replace(/^.*?-/, ''), count: violatingResources.length }));
    return found.sort((one, other) => one.rule < other.rule ? -1 : 1);
  });
}

/** Returns the document with the tables of these findings. */
export function render(document: string, found: Finding[]): string {
  const counts = PACKS.map(([pack]) => {
    const own = found.filter((one) => one.pack === pack);
    return `| ${pack} | ${own.length} | ${own.reduce((sum, { count }) => sum + count, 0)} |`;
  });
  const rules = [...new Set(found.map(({ rule }) => rule))].sort();
  const reasons = rules.map((rule) => `| ${rule} | ${Math.max(...found.filter((one) => one.rule === rule).map(({ count }) => count))} | ${REASONS[rule]} |`);
  const tables = ['| pack | rules broken | resources |', '|---|---|---|', ...counts, '', '| rule | resources | why |', '|---|---|---|', ...reasons].join('\n');
  const [before, rest] = document.split(BEGIN);
  return `${before}${BEGIN}\n${tables}\n${END}${rest.split(END)[1]}`;
}

export function read(): string {
  return fs.readFileSync(DOCUMENT, 'utf8');
}

if (require.main === module) fs.writeFileSync(DOCUMENT, render(read(), findings()));
