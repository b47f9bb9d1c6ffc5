import { Annotations, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { WARNINGS } from '../private/annotations';

/** What touches data, and nothing that touches the bucket: whoever deploys must be able to take the policy back. */
const DATA_ACTIONS = [
  's3:AbortMultipartUpload', 's3:DeleteObject*', 's3:GetObject*', 's3:ListBucket', 's3:ListBucketMultipartUploads', 's3:ListBucketVersions',
  's3:ListMultipartUploadParts', 's3:PutObject*', 's3:RestoreObject',
];

const SHUT_OUT = 'crawlers, Athena, Glue jobs outside the network, the console, Macie, Redshift\'s COPY, log delivery, and the function that empties an ephemeral bucket';

/** Refuses what touches a bucket's data and does not come through the endpoint; says what that shuts out. */
export function onlyThroughEndpoint(bucket: s3.IBucket, endpoint: ec2.IGatewayVpcEndpoint, except: iam.IRole[]): void {
  const statement = new iam.PolicyStatement({
    sid: 'OnlyThroughTheNetwork',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: DATA_ACTIONS,
    resources: [bucket.bucketArn, bucket.arnForObjects('*')],
    conditions: {
      StringNotEquals: { 'aws:SourceVpce': endpoint.vpcEndpointId },
      ...except.length ? { ArnNotEquals: { 'aws:PrincipalArn': except.map(({ roleArn }) => roleArn) } } : {},
    },
  });
  if (!bucket.addToResourcePolicy(statement).statementAdded) {
    throw new Error(`the policy of the imported bucket '${bucket.node.path}' cannot be changed from here: add this statement to it where the bucket is made: `
      + JSON.stringify(Stack.of(bucket).resolve(statement.toStatementJson())));
  }
  const admitted = except.length ? `; admitted all the same: ${except.map(({ node }) => `'${node.path}'`).join(', ')}` : '';
  Annotations.of(bucket).addWarningV2(WARNINGS.onlyFromNetwork,
    `bucket '${bucket.node.path}' admits only what comes through the network's S3 endpoint: shut out are ${SHUT_OUT}${admitted}`);
}
