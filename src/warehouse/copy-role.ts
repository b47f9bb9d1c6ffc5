import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { allowWildcards } from '../private/nag';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { below } from '../zone/layout';

/** The role that COPY reads under: the named tables' files and the key of their zone, and nothing else. */
export class CopyRole extends iam.Role {
  constructor(scope: Construct, id: string, zone: IDataLakeZone, tables: string[]) {
    super(scope, id, {
      description: 'Loads curated tables into the warehouse',
      // https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-serverless-security-other-services.html
      assumedBy: new iam.CompositePrincipal(new iam.ServicePrincipal('redshift.amazonaws.com'), new iam.ServicePrincipal('redshift-serverless.amazonaws.com')),
    });
    for (const table of tables) zone.grantRead(this, { prefix: below('tables', table) });
    allowWildcards(this, { finding: /^Resource::.+\/tables\/[a-z0-9_]+\/\*$/, reason: 'COPY reads all files of the tables that were named.' });
  }
}
