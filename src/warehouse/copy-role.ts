import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** The role that COPY reads under: it is let into the files of the named tables and the key of their zone, and nothing else. */
export class CopyRole extends iam.Role {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      description: 'Loads curated tables into the warehouse',
      // https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-serverless-security-other-services.html
      assumedBy: new iam.CompositePrincipal(new iam.ServicePrincipal('redshift.amazonaws.com'), new iam.ServicePrincipal('redshift-serverless.amazonaws.com')),
    });
  }
}
