import { CustomResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { databaseUser, dataApi, ownStatements } from './warehouse-access';
import { WarehouseEndpoint } from './warehouse-compute';
import { WarehouseFunction } from './warehouse-function';
import { allowWildcards } from '../private/nag';

export interface WarehouseDatabaseProps {
  readonly endpoint: WarehouseEndpoint;
  readonly databaseName: string;
  readonly encryptionKey: kms.IKey;
  readonly loader: iam.IRole;
  readonly readers: iam.IRole[];
  readonly readerSecrets: secretsmanager.ISecret[];
  readonly ephemeral: boolean;
}

/** Schema, groups and users, which are there before anybody connects. */
export class WarehouseDatabase extends Construct {
  public readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: WarehouseDatabaseProps) {
    super(scope, id);
    const { endpoint, readerSecrets } = props;
    const handler = new WarehouseFunction(this, 'Handler', {
      module: 'database',
      description: 'Makes schema and users of the warehouse',
      statements: [
        dataApi(endpoint, 'ExecuteStatement'),
        ownStatements(),
        new iam.PolicyStatement({
          actions: ['secretsmanager:GetSecretValue'], resources: [endpoint.adminSecretArn, ...readerSecrets.map(({ secretArn }) => secretArn)],
        }),
        new iam.PolicyStatement({ actions: ['kms:Decrypt'], resources: [props.encryptionKey.keyArn] }),
        ...endpoint.namespaceArn ? [new iam.PolicyStatement({ actions: ['redshift-serverless:GetNamespace'], resources: [endpoint.namespaceArn] })] : [],
      ],
      ephemeral: props.ephemeral,
    });
    allowWildcards(handler.role, {
      finding: /^Resource::(\*|.+:secret:redshift!.+-\*)$/,
      reason: 'The Data API\'s statements have no ARN: it sees its own. CloudFormation tells the name of the administrator\'s secret, and not its ARN.',
    });
    this.resource = new CustomResource(this, 'Database', {
      resourceType: 'Custom::DataLakeWarehouseDatabase',
      serviceToken: handler.function.functionArn,
      properties: {
        Target: endpoint.target,
        Database: props.databaseName,
        Administrator: endpoint.administrator,
        Loader: databaseUser(props.loader),
        Readers: props.readers.map(databaseUser),
        ReaderSecrets: readerSecrets.map(({ secretArn }) => secretArn),
      },
    });
    this.resource.node.addDependency(endpoint.resource, handler.role);
  }
}
