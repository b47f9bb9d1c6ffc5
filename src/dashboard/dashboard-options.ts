import { Token } from 'aws-cdk-lib';
import { DataClassification } from '../access/data-classification';

/** Editions of a QuickSight account. */
export enum QuickSightEdition {
  /** Has neither groups nor connections to a VPC: a dashboard is refused. */
  STANDARD = 'STANDARD',
  /** What a dashboard needs. */
  ENTERPRISE = 'ENTERPRISE',
}

/** Where a dashboard's data comes from. */
export enum DashboardVia {
  /** The warehouse, over a connection to its VPC. */
  REDSHIFT = 'redshift',
  /** The files of the curated zone. */
  ATHENA = 'athena',
}

/** When a dashboard asks for its data. */
export enum DashboardImport {
  /** After each load: QuickSight keeps a copy in SPICE. */
  SPICE = 'SPICE',
  /** As somebody looks. */
  DIRECT_QUERY = 'DIRECT_QUERY',
}

/**
 * A dashboard in Amazon QuickSight.
 *
 * @example
 * const dashboard: DashboardOptions = {
 *   edition: QuickSightEdition.ENTERPRISE,
 *   groupArn: 'arn:aws:quicksight:eu-west-1:111122223333:group/default/sales',
 * };
 */
export interface DashboardOptions {
  /** The edition of the account's QuickSight, which nothing in a template can make or find out. */
  readonly edition: QuickSightEdition;

  /** The QuickSight group that sees the dashboard. CloudFormation makes none: `aws quicksight create-group` does. */
  readonly groupArn: string;

  /**
   * The QuickSight group that owns the analysis that the dashboard is made of.
   *
   * @default - the one of `groupArn`
   */
  readonly authorGroupArn?: string;

  /**
   * Where the data comes from.
   *
   * @default - DashboardVia.REDSHIFT if the lake has a warehouse, otherwise DashboardVia.ATHENA
   */
  readonly via?: DashboardVia;

  /**
   * When it asks for its data.
   *
   * @default DashboardImport.SPICE
   */
  readonly dataImport?: DashboardImport;

  /**
   * The highest class of data that everyone in the group may see. QuickSight reads with a role of its own, which no clearance of a viewer
   * limits: a table of a higher class is an error at synthesis.
   *
   * @default DataClassification.PROPRIETARY
   */
  readonly audience?: DataClassification;

  /**
   * Name of the dashboard.
   *
   * @default 'Seller performance'
   */
  readonly title?: string;
}

/** Refuses what QuickSight could not make, or would show to the wrong people. */
export function validateDashboard(options: DashboardOptions): void {
  if (options.edition === QuickSightEdition.STANDARD) {
    throw new Error('the dashboard needs QuickSight\'s Enterprise edition, got STANDARD, which has neither groups nor VPC connections: upgrade the account, or leave dashboard out');
  }
  requireGroup('groupArn', options.groupArn);
  if (options.authorGroupArn !== undefined) requireGroup('authorGroupArn', options.authorGroupArn);
}

/** https://docs.aws.amazon.com/quicksight/latest/APIReference/API_Group.html */
function requireGroup(what: string, arn: string): void {
  if (Token.isUnresolved(arn) || /^arn:[^:]+:quicksight:[a-z0-9-]+:\d{12}:group\/[^/]+\/.+$/.test(arn)) return;
  throw new Error(`${what} of the dashboard is "${arn}": give the ARN of a QuickSight group, arn:aws:quicksight:<region>:<account>:group/<namespace>/<name>, as aws quicksight create-group prints it`);
}
