import { CustomResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { UsageLimit } from './warehouse';
import { WarehouseFunction } from './warehouse-function';
import { allowWildcards } from '../private/nag';

/** The ceiling of a workgroup's cost: CloudFormation has no type for it. */
export class WorkgroupLimit extends Construct {
  public readonly limit: CustomResource;

  constructor(scope: Construct, id: string, workgroupArn: string, limit: UsageLimit, ephemeral: boolean) {
    super(scope, id);
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftserverless.html: they know no resources.
    const handler = new WarehouseFunction(this, 'Handler', {
      module: 'usage_limit',
      description: 'Sets the usage limit of the warehouse',
      statements: [new iam.PolicyStatement({
        actions: ['redshift-serverless:CreateUsageLimit', 'redshift-serverless:UpdateUsageLimit', 'redshift-serverless:DeleteUsageLimit'],
        resources: ['*'],
      })],
      ephemeral,
    });
    allowWildcards(handler.role, { finding: /^Resource::\*$/, reason: 'The actions on usage limits take no resources.' });
    this.limit = new CustomResource(this, 'Limit', {
      resourceType: 'Custom::DataLakeUsageLimit',
      serviceToken: handler.function.functionArn,
      properties: { WorkgroupArn: workgroupArn, RpuHours: limit.rpuHours, Period: limit.period, BreachAction: limit.breachAction },
    });
  }
}
