/**
 * The prefixes of a zone's bucket, each written once.
 *
 * `test/contract/lake-contract.json` holds the same names for the Python side.
 */
export const PREFIXES = {
  /** Files of the batch tables, below `tables/<table>/`. */
  tables: 'tables/',
  /** Refused files and rows, with the reason, below `quarantine/<table or stream>/`. */
  quarantine: 'quarantine/',
  /** Files that a running job has not published yet. */
  staging: 'staging/',
  /** A job's record of the files that it has taken in. */
  manifests: 'manifests/',
  /** Files of the data streams, below `streams/<stream>/` by default. */
  streams: 'streams/',
} as const;

/** The prefixes that the lake itself writes to; a data stream cannot have them. */
export const RESERVED_PREFIXES = [PREFIXES.tables, PREFIXES.quarantine, PREFIXES.staging, PREFIXES.manifests];

/** Returns the prefix of a table or stream below one of the zone's prefixes, such as `tables/orders/`. */
export function below(prefix: keyof typeof PREFIXES, name: string): string {
  return `${PREFIXES[prefix]}${name}/`;
}

/** Returns the name of a zone's table in the Glue catalog: `<zone>_<table>`. */
export function catalogTableName(zoneName: string, table: string): string {
  return `${zoneName.replace(/-/g, '_')}_${table}`;
}
