import { CustomResource, Lazy } from 'aws-cdk-lib';
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
  readonly ephemeral: boolean;
}

/** Schema, groups and users, which are there before anybody connects. */
export class WarehouseDatabase extends Construct {
  public readonly resource: CustomResource;

  private readonly role: iam.Role;
  private readonly readerSecrets: secretsmanager.ISecret[] = [];

  constructor(scope: Construct, id: string, props: WarehouseDatabaseProps) {
    super(scope, id);
    const { endpoint } = props;
    const handler = new WarehouseFunction(this, 'Handler', {
      module: 'database',
      description: 'Makes schema and users of the warehouse',
      statements: [
        dataApi(endpoint, 'ExecuteStatement'),
        ownStatements(),
        new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [endpoint.adminSecretArn] }),
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
        ReaderSecrets: Lazy.list({ produce: () => this.readerSecrets.map(({ secretArn }) => secretArn) }, { omitEmpty: false }),
      },
    });
    this.resource.node.addDependency(endpoint.resource, handler.role);
    this.role = handler.role;
  }

  /** Makes a user that reads, with the name and password of a secret. */
  public addReader(secret: secretsmanager.ISecret): void {
    this.readerSecrets.push(secret);
    this.role.addToPolicy(new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret.secretArn] }));
  }
}
