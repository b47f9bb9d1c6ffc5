import { Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';

/** Everybody whom IAM allows: https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html */
const IAM_ALLOWED_PRINCIPALS = { dataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' };

/**
 * What AWS Lake Formation is to a catalog's databases and tables.
 *
 * In an account whose Lake Formation settings do not keep "Use only IAM access control" for new databases and tables, crawlers, jobs and
 * queries fail with "Insufficient Lake Formation permission(s)", whatever IAM allows.
 *
 * @see https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html
 *
 * @example
 * new DataLakeAccelerator(this, 'Lake', {
 *   tables: [{ name: 'orders' }],
 *   lakeFormation: LakeFormation.iamOnly(),
 * });
 */
export class LakeFormation {
  /**
   * IAM alone decides about the catalog's databases and the tables that are made in them from now on, whatever the account's settings are.
   *
   * Tables that are there already stay as they are: a Lake Formation administrator grants `IAM_ALLOWED_PRINCIPALS` on them, once. So does one
   * for a database that another principal than the deploying one created.
   */
  public static iamOnly(): LakeFormation {
    return new LakeFormation();
  }

  private constructor() {}

  /**
   * Returns the permissions of tables that will be made in a database.
   *
   * @internal
   */
  public _newTables(): glue.CfnDatabase.PrincipalPrivilegesProperty[] {
    return [{ permissions: ['ALL'], principal: IAM_ALLOWED_PRINCIPALS }];
  }

  /**
   * Grants permissions on a database.
   *
   * @internal
   */
  public _grantDatabase(database: glue.CfnDatabase): void {
    const catalogId = Stack.of(database).account;
    new lakeformation.CfnPrincipalPermissions(database, 'LakeFormation', {
      principal: IAM_ALLOWED_PRINCIPALS,
      resource: { database: { catalogId, name: database.ref } },
      permissions: ['ALL'],
      permissionsWithGrantOption: [],
    });
  }
}
