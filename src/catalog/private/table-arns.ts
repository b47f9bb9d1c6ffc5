import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** Returns the ARNs that a policy needs to reach tables: the catalog's, the database's and the tables' own. */
export function tableArns(scope: IConstruct, databaseName: string, tables: string[]): string[] {
  const stack = Stack.of(scope);
  const arn = (resource: string, resourceName?: string) => stack.formatArn({ service: 'glue', resource, resourceName });
  return [arn('catalog'), arn('database', databaseName), ...tables.map((table) => arn('table', `${databaseName}/${table}`))];
}
