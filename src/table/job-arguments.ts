/** The arguments of one of the library's job scripts, without the leading `--`. */
export interface JobArguments {
  /** Always set by the construct. */
  readonly required: readonly string[];
  /** Set by the construct where its props ask for it. */
  readonly optional: readonly string[];
  /** Given by a person who starts one run. */
  readonly run: readonly string[];
}

/** The arguments of `drop_to_raw.py`, and of the scripts that take its place. */
export const DROP_TO_RAW = {
  required: ['table', 'source_database', 'source_table', 'source_path', 'target_path', 'target_database', 'target_table', 'quarantine_path'],
  optional: ['schema', 'csv_options', 'partition_columns', 'refused_share', 'compact_above', 'data_classification'],
  run: ['reprocess', 'acknowledge'],
} as const satisfies JobArguments;

/** The arguments of `raw_to_curated.py`, and of the scripts that take its place. */
export const RAW_TO_CURATED = {
  required: ['table', 'source_paths', 'target_path', 'target_database', 'target_table'],
  optional: ['data_classification'],
  run: [],
} as const satisfies JobArguments;

/** The values of a script's arguments: all that are required, and any that are optional. */
export type ArgumentsOf<T extends JobArguments> = Record<T['required'][number], string> & Partial<Record<T['optional'][number], string>>;

/** Returns arguments as Glue takes them: names with `--`, absent ones left out. */
export function glueArguments(values: { readonly [name: string]: string | undefined }): { [key: string]: string } {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [`--${name}`, value]));
}
