import { DataClassification } from '../access/data-classification';
import { ColumnOptions } from '../table/column-options';
import { Compaction } from '../table/compaction';
import { ArgumentsOf, DROP_TO_RAW, glueArguments } from '../table/job-arguments';
import { TableDefinition } from '../table/table-definition';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { below } from '../zone/layout';

/** A table, the zones between which its job moves it, and its catalog entries in both. */
export interface TableFlow {
  readonly table: TableDefinition;
  readonly from: IDataLakeZone;
  readonly to: IDataLakeZone;
  readonly sourceDatabase: string;
  readonly sourceTable: string;
  readonly targetDatabase: string;
  readonly targetTable: string;
  /** None where neither the table nor the catalog has one: the job's own default holds. */
  readonly compaction?: Compaction;
  /** None where no class is declared. */
  readonly classification?: DataClassification;
}

/** Returns the arguments of a table's job: what drop_to_raw, and any script in its place, is told. */
export function tableArguments({ table, from, to, classification, compaction, ...entries }: TableFlow): { [key: string]: string } {
  const values: ArgumentsOf<typeof DROP_TO_RAW> = {
    table: table.name,
    source_database: entries.sourceDatabase,
    source_table: entries.sourceTable,
    source_path: from.bucket.s3UrlForObject(below('tables', table.name)),
    target_path: to.bucket.s3UrlForObject(below('tables', table.name)),
    target_database: entries.targetDatabase,
    target_table: entries.targetTable,
    quarantine_path: from.bucket.s3UrlForObject(below('quarantine', table.name)),
    schema: table.schema && JSON.stringify(schemaArgument(table.schema, table.columns)),
    csv_options: table.csv && JSON.stringify(table.csv),
    refused_share: table.refusedShare?.toString(),
    compact_above: compaction?._argument,
    data_classification: classification,
    partition_columns: table.partitionColumns?.length ? table.partitionColumns.join(',') : undefined,
  };
  return {
    ...glueArguments(values),
    ...glueArguments(table.format?._jobArguments() ?? {}),
    '--TempDir': to.bucket.s3UrlForObject(`${below('staging', table.name)}temp/`),
  };
}

/** Returns the schema as the job takes it: a type, or an object of the type and the options that are given. */
function schemaArgument(schema: { [column: string]: string }, columns: { [column: string]: ColumnOptions } = {}): object {
  return Object.fromEntries(Object.entries(schema).map(([name, type]) => {
    const { source, format, required } = columns[name] ?? {};
    return [name, source || format || required ? { type, source, format, required: required || undefined } : type];
  }));
}
