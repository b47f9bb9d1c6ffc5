/**
 * The node types that AWS sells, and how many nodes of each a cluster can have. A new cluster of some types has half of that at most, and reaches
 * it by an elastic resize, which a change of `nodes` is; whether a cluster is new is not known at synthesis.
 *
 * https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html#rs-ra3-node-types and #rs-rg-nodes-table
 */
const NODES: Readonly<Record<string, { readonly from: number; readonly to: number }>> = {
  'ra3.large': { from: 1, to: 16 },
  'ra3.xlplus': { from: 1, to: 32 },
  'ra3.4xlarge': { from: 2, to: 64 },
  'ra3.16xlarge': { from: 2, to: 128 },
  'rg.large': { from: 1, to: 16 },
  'rg.xlarge': { from: 2, to: 32 },
  'rg.4xlarge': { from: 2, to: 64 },
  'rg.12xlarge': { from: 2, to: 128 },
};

/** A family of node types that no new cluster can have. */
interface Withdrawn {
  readonly since: string;
  readonly source: string;
  /** The nearest type that is sold. */
  readonly nearest: Readonly<Record<string, string>>;
}

/** What AWS names as the way on: https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html#rs-upgrading-to-ra3 */
const NEAREST = { 'large': 'ra3.large', 'xlarge': 'ra3.xlplus', '8xlarge': 'ra3.4xlarge' };

const WITHDRAWN: Readonly<Record<string, Withdrawn>> = {
  dc1: { since: 'before dc2', source: 'https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html', nearest: NEAREST },
  // The days of the last new and the last running cluster are in no public page of AWS's that we found: only the month of the announcement is.
  dc2: {
    since: 'since its deprecation of April 2025',
    source: 'https://aws.amazon.com/blogs/big-data/best-practices-for-upgrading-from-amazon-redshift-dc2-to-ra3-and-amazon-redshift-serverless',
    nearest: NEAREST,
  },
  ds2: { since: 'since the end of 2021', source: 'https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html', nearest: NEAREST },
};

/** Refuses a node type that no new cluster can have, and a number of nodes that the type does not come in. */
export function requireNodes(nodeType: string, nodes: number): void {
  const [family, size] = nodeType.split('.');
  const withdrawn = own(WITHDRAWN, family);
  if (withdrawn) {
    const nearest = own(withdrawn.nearest, size ?? '') ?? 'ra3.large';
    throw new Error(`nodeType "${nodeType}" is not sold any more: AWS offers no new ${family} clusters ${withdrawn.since} (${withdrawn.source}): use "${nearest}", the nearest type, or Warehouse.serverless()`);
  }
  const range = own(NODES, nodeType);
  if (!range) throw new Error(`nodeType "${nodeType}" is not known: use ${Object.keys(NODES).map((name) => `"${name}"`).join(', ')}`);
  if (!Number.isInteger(nodes) || nodes < range.from || nodes > range.to) {
    throw new Error(`a cluster of "${nodeType}" has ${range.from} to ${range.to} nodes, got ${nodes}: choose a number in this range`);
  }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.prototype.hasOwnProperty.call(record, name) ? record[name] : undefined;
}
