import { IDataLakeZone } from '../../zone/data-lake-zone';
import { TableDefinition } from '../table-definition';

/** A table, and where its job takes it from and to. */
export interface TableFlow {
  readonly table: TableDefinition;
  readonly from: IDataLakeZone;
  readonly to: IDataLakeZone;
  readonly sourceDatabase: string;
  readonly sourceTable: string;
}

/** The arguments of a table's job: the contract with drop_to_raw, and with scripts that take its place. */
export function tableArguments({ table, from, to, sourceDatabase, sourceTable }: TableFlow): { [key: string]: string } {
  const path = (zone: IDataLakeZone, prefix: string) => zone.bucket.s3UrlForObject(`${prefix}/${table.name}/`);
  return {
    '--table': table.name,
    '--source_database': sourceDatabase,
    '--source_table': sourceTable,
    '--source_path': path(from, 'tables'),
    '--target_path': path(to, 'tables'),
    '--quarantine_path': path(from, 'quarantine'),
    '--TempDir': `${path(to, 'staging')}temp/`,
    ...table.schema && { '--schema': JSON.stringify(table.schema) },
    ...table.csv && { '--csv_options': JSON.stringify(table.csv) },
    ...table.partitionColumns?.length && { '--partition_columns': table.partitionColumns.join(',') },
  };
}
