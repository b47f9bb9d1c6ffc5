import { ArnFormat, CfnResource, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as redshift from 'aws-cdk-lib/aws-redshift';
import * as serverless from 'aws-cdk-lib/aws-redshiftserverless';
import { Construct } from 'constructs';
import { ProvisionedWarehouseConfig, ServerlessWarehouseConfig } from './warehouse';
import { acknowledgePort, PORT, WarehouseNetwork } from './warehouse-network';
import { removalPolicy } from '../private/ephemeral';
import { describe } from '../private/metadata';
import { newWithStack } from '../private/stack-names';

/** The audit logs, which go to CloudWatch Logs: https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html */
const LOGS = ['connectionlog', 'useractivitylog', 'userlog'];
const ADMINISTRATOR = 'lake_admin';

export interface WarehouseComputeProps {
  readonly databaseName: string;
  readonly encryptionKey: kms.IKey;
  readonly copyRole: iam.IRole;
  readonly network: WarehouseNetwork;
  readonly ephemeral: boolean;
}

/** What the rest of a warehouse knows of what computes in it. */
export interface WarehouseEndpoint {
  /** What the Data API calls it. */
  readonly target: { readonly WorkgroupName?: string; readonly ClusterIdentifier?: string };
  /** The resource that the Data API's rights are on. */
  readonly arn: string;
  readonly host: string;
  readonly port: string;
  /** Where the administrator's secret, which AWS makes and rotates, is found: its ARN, or the namespace that it belongs to. */
  readonly administrator: { readonly SecretArn?: string; readonly NamespaceName?: string };
  /** The secret's ARN, or a pattern of it. */
  readonly adminSecretArn: string;
  /** What reads the namespace, where there is one. */
  readonly namespaceArn?: string;
  /** The resource to wait for. */
  readonly resource: CfnResource;
}

/** A namespace, which holds the data, and a workgroup, which computes. */
export class ServerlessCompute extends Construct implements WarehouseEndpoint {
  public readonly target: { readonly WorkgroupName: string };
  public readonly arn: string;
  public readonly host: string;
  public readonly port: string;
  public readonly administrator: { readonly NamespaceName: string };
  public readonly adminSecretArn: string;
  public readonly namespaceArn: string;
  public readonly resource: serverless.CfnWorkgroup;
  public readonly namespace: serverless.CfnNamespace;

  constructor(scope: Construct, id: string, props: WarehouseComputeProps, settings: ServerlessWarehouseConfig) {
    super(scope, id);
    // The namespace of a stack that is gone may still be there: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateNamespace.html
    const name = newWithStack(this, 64, true);
    this.namespace = new serverless.CfnNamespace(this, 'Namespace', {
      namespaceName: name,
      dbName: props.databaseName,
      adminUsername: ADMINISTRATOR,
      manageAdminPassword: true,
      adminPasswordSecretKmsKeyId: props.encryptionKey.keyId,
      kmsKeyId: props.encryptionKey.keyArn,
      iamRoles: [props.copyRole.roleArn],
      logExports: LOGS,
    });
    this.namespace.applyRemovalPolicy(removalPolicy(props.ephemeral));
    const workgroup = new serverless.CfnWorkgroup(this, 'Workgroup', {
      workgroupName: name,
      namespaceName: this.namespace.ref,
      baseCapacity: settings.baseRpu,
      maxCapacity: settings.maxRpu,
      enhancedVpcRouting: true,
      publiclyAccessible: false,
      port: PORT,
      subnetIds: props.network.subnets.map(({ subnetId }) => subnetId),
      securityGroupIds: [props.network.securityGroup.securityGroupId],
      // https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_ConfigParameter.html
      configParameters: [
        { parameterKey: 'enable_user_activity_logging', parameterValue: 'true' },
        { parameterKey: 'require_ssl', parameterValue: 'true' },
      ],
    });
    this.node.defaultChild = this.namespace;
    this.resource = workgroup;
    describe(workgroup, { kind: 'warehouse', database: props.databaseName });
    this.target = { WorkgroupName: workgroup.ref };
    this.arn = workgroup.attrWorkgroupWorkgroupArn;
    this.host = workgroup.attrWorkgroupEndpointAddress;
    this.port = Token.asString(workgroup.attrWorkgroupEndpointPort);
    this.administrator = { NamespaceName: this.namespace.ref };
    this.namespaceArn = this.namespace.attrNamespaceNamespaceArn;
    // CloudFormation does not tell the ARN: https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html
    this.adminSecretArn = Stack.of(this).formatArn({
      service: 'secretsmanager', resource: 'secret', resourceName: `redshift!${name}-*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}

/** A cluster, which a snapshot is made of before it goes. */
export class ProvisionedCompute extends Construct implements WarehouseEndpoint {
  public readonly target: { readonly ClusterIdentifier: string };
  public readonly arn: string;
  public readonly host: string;
  public readonly port: string;
  public readonly administrator: { readonly SecretArn: string };
  public readonly adminSecretArn: string;
  public readonly resource: redshift.CfnCluster;

  constructor(scope: Construct, id: string, props: WarehouseComputeProps, { nodeType, nodes }: ProvisionedWarehouseConfig) {
    super(scope, id);
    const subnetGroup = new redshift.CfnClusterSubnetGroup(this, 'SubnetGroup', {
      description: 'Data lake: warehouse',
      subnetIds: props.network.subnets.map(({ subnetId }) => subnetId),
    });
    const parameters = new redshift.CfnClusterParameterGroup(this, 'Parameters', {
      description: 'Data lake: warehouse',
      parameterGroupFamily: 'redshift-2.0',
      parameters: [
        { parameterName: 'enable_user_activity_logging', parameterValue: 'true' },
        { parameterName: 'require_ssl', parameterValue: 'true' },
      ],
    });
    const cluster = new redshift.CfnCluster(this, 'Cluster', {
      clusterType: nodes === 1 ? 'single-node' : 'multi-node',
      nodeType,
      numberOfNodes: nodes === 1 ? undefined : nodes,
      dbName: props.databaseName,
      masterUsername: ADMINISTRATOR,
      manageMasterPassword: true,
      masterPasswordSecretKmsKeyId: props.encryptionKey.keyId,
      encrypted: true,
      kmsKeyId: props.encryptionKey.keyArn,
      iamRoles: [props.copyRole.roleArn],
      clusterSubnetGroupName: subnetGroup.ref,
      clusterParameterGroupName: parameters.ref,
      vpcSecurityGroupIds: [props.network.securityGroup.securityGroupId],
      enhancedVpcRouting: true,
      publiclyAccessible: false,
      port: PORT,
      allowVersionUpgrade: true,
      automatedSnapshotRetentionPeriod: 7,
      loggingProperties: { logDestinationType: 'cloudwatch', logExports: LOGS },
    });
    cluster.applyRemovalPolicy(props.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.SNAPSHOT);
    acknowledgePort(cluster);
    this.node.defaultChild = cluster;
    this.resource = cluster;
    describe(cluster, { kind: 'warehouse', database: props.databaseName });
    this.target = { ClusterIdentifier: cluster.ref };
    this.arn = Stack.of(this).formatArn({ service: 'redshift', resource: 'cluster', resourceName: cluster.ref, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    this.host = cluster.attrEndpointAddress;
    this.port = cluster.attrEndpointPort;
    this.administrator = { SecretArn: cluster.attrMasterPasswordSecretArn };
    this.adminSecretArn = cluster.attrMasterPasswordSecretArn;
  }
}
