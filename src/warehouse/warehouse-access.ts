import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { WarehouseEndpoint } from './warehouse-compute';
import { DataClassification } from '../access/data-classification';
import { allowWildcards } from '../private/nag';
import { onlyCleared } from '../sink/curated-source';

/** Names of the Data API's actions that act on a warehouse. */
export type DataAction = 'ExecuteStatement' | 'BatchExecuteStatement' | 'DescribeTable';

/** Returns what calls the Data API: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html */
export function dataApi(endpoint: WarehouseEndpoint, ...actions: DataAction[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: actions.map((action) => `redshift-data:${action}`), resources: [endpoint.arn] });
}

/** Returns what sees the end and the rows of the caller's own statements. */
export function ownStatements(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'],
    resources: ['*'],
    conditions: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
  });
}

/** Returns what lets a role in as the database user `IAMR:<name>`. */
export function temporaryCredentials(scope: IConstruct, endpoint: WarehouseEndpoint, databaseName: string): iam.PolicyStatement {
  if (endpoint.target.WorkgroupName !== undefined) {
    return new iam.PolicyStatement({ actions: ['redshift-serverless:GetCredentials'], resources: [endpoint.arn] });
  }
  return new iam.PolicyStatement({
    actions: ['redshift:GetClusterCredentialsWithIAM'],
    resources: [Stack.of(scope).formatArn({
      service: 'redshift', resource: 'dbname', resourceName: `${endpoint.target.ClusterIdentifier}/${databaseName}`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })],
  });
}

/** Lets a role read what was loaded, through the Data API. */
export function grantReads(reader: iam.IRole, endpoint: WarehouseEndpoint, databaseName: string, highest: DataClassification): void {
  const statements = [dataApi(endpoint, 'ExecuteStatement', 'BatchExecuteStatement'), temporaryCredentials(reader, endpoint, databaseName)];
  onlyCleared(statements, highest);
  for (const statement of [...statements, ownStatements()]) reader.addToPrincipalPolicy(statement);
  allowWildcards(reader, { finding: /^Resource::\*$/, reason: 'Statements of the Data API have no ARN: a reader sees its own.' });
}

/** The database user of a role. */
export function databaseUser(role: iam.IRole): string {
  return `IAMR:${role.roleName}`;
}
