import { fullDiff, ResourceDifference, ResourceImpact } from '@aws-cdk/cloudformation-diff';

/** What holds data, or makes data readable: it must outlive every upgrade. With the properties, besides those that replace it, that are its identity. */
const STATEFUL: Record<string, string[]> = {
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
  'AWS::KMS::Alias': ['AliasName'],
  'AWS::Glue::Database': ['CatalogId', 'DatabaseName', 'DatabaseInput.Name'],
  'AWS::Glue::Table': ['CatalogId', 'DatabaseName', 'TableInput.Name'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::Logs::LogGroup': ['LogGroupName', 'LogGroupClass'],
  'AWS::Athena::WorkGroup': ['Name'],
  'AWS::DynamoDB::Table': ['TableName'],
  'AWS::DynamoDB::GlobalTable': ['TableName'],
  'AWS::RDS::DBCluster': [],
  'AWS::RDS::DBInstance': [],
  'AWS::Redshift::Cluster': [],
  'AWS::RedshiftServerless::Namespace': ['NamespaceName'],
  'AWS::RedshiftServerless::Workgroup': ['WorkgroupName'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::CloudTrail::Trail': ['TrailName'],
  'AWS::EFS::FileSystem': [],
  'AWS::SNS::Topic': ['TopicName'],
};

/** The types that the guard watches. */
export const STATEFUL_TYPES = Object.keys(STATEFUL);

/** An intended replacement, documented in the release notes of a major release. */
export interface Allowed {
  readonly test: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly reason: string;
}

/** The templates of an integration test, by the name of their stack. */
export type Templates = Record<string, any>;

/** What an upgrade would do to a stateful resource. */
export interface Finding {
  readonly stack: string;
  readonly logicalId: string;
  readonly message: string;
}

const WHAT: Partial<Record<ResourceImpact, string>> = {
  [ResourceImpact.WILL_REPLACE]: 'would be replaced',
  [ResourceImpact.MAY_REPLACE]: 'may be replaced',
  [ResourceImpact.WILL_DESTROY]: 'would be deleted',
  [ResourceImpact.WILL_ORPHAN]: 'would be left behind, out of the stack',
};

/** What becomes of the stateful resources of the stacks that are in both. */
export function compare(before: Templates, after: Templates): Finding[] {
  return Object.keys(before).filter((stack) => stack in after).flatMap((stack) => {
    const { resources } = fullDiff(before[stack], after[stack]);
    return Object.entries(resources.changes).flatMap(([logicalId, change]) => {
      const reasons = STATEFUL[change.oldResourceType ?? ''] && reasonsOf(change);
      if (!reasons?.length) return [];
      return [{ stack, logicalId, message: `${stack}/${logicalId} (${change.oldResourceType}) ${reasons.join('; ')}. ${todo(change)}` }];
    });
  });
}

function reasonsOf(change: ResourceDifference): string[] {
  if (change.isRemoval) {
    // The difference knows of no RetainExceptOnCreate.
    const isKept = String(change.oldValue?.DeletionPolicy).startsWith('Retain');
    return [`${WHAT[isKept ? ResourceImpact.WILL_ORPHAN : ResourceImpact.WILL_DESTROY]}: it is in the template no more`];
  }
  if (change.oldResourceType !== change.newResourceType) return [`would become a ${change.newResourceType}`];
  const reasons: string[] = [];
  for (const [property, update] of Object.entries(change.propertyUpdates)) {
    const impact = update.changeImpact && WHAT[update.changeImpact];
    if (impact) reasons.push(`${impact}, because ${property} changes from ${show(update.oldValue)} to ${show(update.newValue)}`);
  }
  for (const path of STATEFUL[change.oldResourceType!]) {
    const [oldValue, newValue] = [change.oldProperties, change.newProperties].map((properties) => at(properties, path));
    if (show(oldValue) === show(newValue) || reasons.some((reason) => reason.includes(`because ${path.split('.')[0]} `))) continue;
    reasons.push(`would be another one, because ${path} changes from ${show(oldValue)} to ${show(newValue)}`);
  }
  return reasons;
}

function todo(change: ResourceDifference): string {
  const cause = change.isRemoval
    ? 'Give its construct the id and the place in the tree that it had'
    : 'Leave that property as it was for those who have it';
  return `${cause}; or, if it is meant so in a major release, name it with the reason in test/upgrade/allowed.json`;
}

/** What stays once intended replacements are taken out; an entry that allows nothing is an error of its own. */
export function withoutAllowed(test: string, findings: Finding[], allowed: Allowed[]): string[] {
  const isAllowed = (finding: Finding) => (one: Allowed) => one.test === test && one.stack === finding.stack && one.logicalId === finding.logicalId;
  return findings.filter((finding) => !allowed.some(isAllowed(finding))).map(({ message }) => `${test}: ${message}`);
}

/** Entries of the list that allow nothing any more, or that do not say why. */
export function wrongEntries(allowed: Allowed[], findings: Record<string, Finding[]>): string[] {
  return allowed.flatMap(({ test, stack, logicalId, reason }) => {
    const name = `test/upgrade/allowed.json: ${test} ${stack}/${logicalId}`;
    if (!reason?.trim()) return [`${name} gives no reason: say why users must bear it`];
    const used = findings[test]?.some((finding) => finding.stack === stack && finding.logicalId === logicalId);
    return used ? [] : [`${name} allows what does not happen: remove the entry`];
  });
}

function at(value: any, path: string): unknown {
  return path.split('.').reduce((inner, name) => inner?.[name], value);
}

function show(value: unknown): string {
  return value === undefined ? '(nothing)' : JSON.stringify(value);
}
