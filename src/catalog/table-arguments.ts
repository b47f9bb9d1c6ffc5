import { ArgumentsOf, DROP_TO_RAW, glueArguments } from '../table/job-arguments';
import { TableDefinition } from '../table/table-definition';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { below } from '../zone/layout';

/** A table, the zones between which its job moves it, and its catalog entry in the first. */
export interface TableFlow {
  readonly table: TableDefinition;
  readonly from: IDataLakeZone;
  readonly to: IDataLakeZone;
  readonly sourceDatabase: string;
  readonly sourceTable: string;
}

/** Returns the arguments of a table's job: what drop_to_raw, and any script in its place, is told. */
export function tableArguments({ table, from, to, sourceDatabase, sourceTable }: TableFlow): { [key: string]: string } {
  const values: ArgumentsOf<typeof DROP_TO_RAW> = {
    table: table.name,
    source_database: sourceDatabase,
    source_table: sourceTable,
    source_path: from.bucket.s3UrlForObject(below('tables', table.name)),
    target_path: to.bucket.s3UrlForObject(below('tables', table.name)),
    quarantine_path: from.bucket.s3UrlForObject(below('quarantine', table.name)),
    schema: table.schema && JSON.stringify(table.schema),
    csv_options: table.csv && JSON.stringify(table.csv),
    partition_columns: table.partitionColumns?.length ? table.partitionColumns.join(',') : undefined,
  };
  return {
    ...glueArguments(values),
    ...glueArguments(table.format?._jobArguments() ?? {}),
    '--TempDir': to.bucket.s3UrlForObject(`${below('staging', table.name)}temp/`),
  };
}
