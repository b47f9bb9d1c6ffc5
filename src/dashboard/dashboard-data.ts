import * as fs from 'fs';
import * as quicksight from 'aws-cdk-lib/aws-quicksight';
import { packagePath } from '../private/paths';

type ColumnType = 'STRING' | 'INTEGER' | 'DECIMAL';

/** What the dashboard asks for: a query of glue-assets/sql/, its name in QuickSight, its columns. */
export interface DashboardQuery {
  readonly query: string;
  readonly title: string;
  readonly columns: { readonly [name: string]: ColumnType };
}

/** Each query counts a deal and a review once, whichever way the table repeats them. */
export const QUERIES: readonly DashboardQuery[] = [
  {
    query: 'average-review-per-seller',
    title: 'Average review per seller',
    columns: { seller_id: 'STRING', reviews: 'INTEGER', average_review: 'DECIMAL' },
  },
  {
    query: 'average-review-per-sdr',
    title: 'Average review per SDR',
    columns: { sdr_id: 'STRING', sellers: 'INTEGER', reviews: 'INTEGER', average_review: 'DECIMAL' },
  },
  {
    query: 'deals-and-value-per-seller',
    title: 'Deals per seller',
    columns: { seller_id: 'STRING', deals: 'INTEGER', deal_value: 'DECIMAL' },
  },
];

/** Returns the query of the warehouse: its view of the same name. */
export function redshiftSql(query: string): string {
  return `SELECT * FROM lake.${query.replace(/-/g, '_')}`;
}

/** Returns the query of the curated zone: the file's, on the table's full name. */
export function athenaSql(query: string, database: string, table: string): string {
  const text = fs.readFileSync(packagePath('glue-assets', 'sql', 'athena', `${query}.sql`), 'utf8');
  return text.replace(/^--.*\n/gm, '').replace(/\bcurated_seller_performance\b/, `"${database}"."${table}"`).trim();
}

/** Returns a query's columns as QuickSight takes them. */
export function inputColumns({ columns }: DashboardQuery): quicksight.CfnDataSet.InputColumnProperty[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type }));
}
