import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { tableArns } from './private/table-arns';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { below, catalogTableName, PREFIXES } from '../zone/layout';

const READ_ENTRIES = [
  'glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition',
];
const WRITE_ENTRIES = [
  'glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable',
  'glue:CreatePartition', 'glue:BatchCreatePartition', 'glue:UpdatePartition', 'glue:BatchUpdatePartition', 'glue:DeletePartition', 'glue:BatchDeletePartition',
];

/** What a grant on tables allows. */
export interface TableAccess {
  readonly read: boolean;
  readonly write: boolean;
}

/** Tables of one zone: data, and entries in the zone's database. */
export interface ZoneTables {
  readonly scope: IConstruct;
  readonly zone: IDataLakeZone;
  readonly databaseName: string;
  /** Names without the zone's prefix; all tables when left out. */
  readonly tables?: string[];
}

/** Grants access to tables of one zone: to their objects, and to their entries in the catalog. */
export function grantTables(grantee: iam.IGrantable, { scope, zone, databaseName, tables }: ZoneTables, { read, write }: TableAccess): iam.Grant {
  const grantObjects = (prefix: string) => {
    if (read && write) return zone.grantReadWrite(grantee, { prefix });
    return write ? zone.grantWrite(grantee, { prefix }) : zone.grantRead(grantee, { prefix });
  };
  const prefixes = tables?.map((table) => below('tables', table)) ?? [PREFIXES.tables];
  const names = tables?.map((table) => catalogTableName(zone.zoneName, table)) ?? ['*'];
  const entries = iam.Grant.addToPrincipal({
    grantee,
    actions: [...read ? READ_ENTRIES : [], ...write ? WRITE_ENTRIES : []],
    resourceArns: tableArns(scope, databaseName, names),
  });
  return prefixes.map(grantObjects).reduceRight((all, grant) => grant.combine(all), entries);
}
