import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import { ScalingConfiguration } from './aurora-capacity';
import { AuroraNetwork, PORT } from './aurora-network';
import { removalPolicy } from '../private/ephemeral';
import { acknowledge } from '../private/nag';
import { newWithStack } from '../private/stack-names';

const ADMINISTRATOR = 'lake_admin';
const BACKUP_DAYS = 7;

export interface AuroraClusterProps {
  readonly databaseName: string;
  readonly engineVersion: string;
  readonly scaling: ScalingConfiguration;
  readonly encryptionKey: kms.IKey;
  readonly importRole: iam.IRole;
  readonly network: AuroraNetwork;
  readonly ephemeral: boolean;
}

/** A cluster of Aurora PostgreSQL with one serverless instance. */
export class AuroraCluster extends Construct {
  public readonly cluster: rds.CfnDBCluster;
  public readonly arn: string;
  public readonly host: string;
  public readonly port: string;
  /** The administrator's secret, which AWS makes and rotates. */
  public readonly adminSecretArn: string;

  constructor(scope: Construct, id: string, props: AuroraClusterProps) {
    super(scope, id);
    const { ephemeral, network } = props;
    const major = props.engineVersion.split('.')[0];
    // The log group of a stack that is gone may still be there.
    const name = newWithStack(this, 63, true);
    const logGroup = new logs.LogGroup(this, 'Log', {
      // RDS would make it without an end of its logs: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.CloudWatch.html
      logGroupName: `/aws/rds/cluster/${name}/postgresql`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: removalPolicy(ephemeral),
    });
    const parameters = new rds.CfnDBClusterParameterGroup(this, 'Parameters', {
      description: 'Data lake: Aurora',
      family: `aurora-postgresql${major}`,
      parameters: { 'rds.force_ssl': '1', 'log_connections': '1', 'log_disconnections': '1' },
    });
    this.cluster = new rds.CfnDBCluster(this, 'Cluster', {
      dbClusterIdentifier: name,
      engine: 'aurora-postgresql',
      engineVersion: props.engineVersion,
      databaseName: props.databaseName,
      serverlessV2ScalingConfiguration: props.scaling,
      masterUsername: ADMINISTRATOR,
      manageMasterUserPassword: true,
      masterUserSecret: { kmsKeyId: props.encryptionKey.keyArn },
      storageEncrypted: true,
      kmsKeyId: props.encryptionKey.keyArn,
      enableHttpEndpoint: true,
      enableIamDatabaseAuthentication: true,
      associatedRoles: [{ featureName: 's3Import', roleArn: props.importRole.roleArn }],
      dbClusterParameterGroupName: parameters.ref,
      dbSubnetGroupName: network.subnetGroup.ref,
      vpcSecurityGroupIds: [network.securityGroup.securityGroupId],
      port: PORT,
      backupRetentionPeriod: BACKUP_DAYS,
      copyTagsToSnapshot: true,
      deletionProtection: !ephemeral,
      enableCloudwatchLogsExports: ['postgresql'],
    });
    this.cluster.applyRemovalPolicy(ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.SNAPSHOT);
    this.cluster.node.addDependency(logGroup);
    const instance = new rds.CfnDBInstance(this, 'Instance', {
      dbClusterIdentifier: this.cluster.ref,
      dbInstanceClass: 'db.serverless',
      engine: 'aurora-postgresql',
      publiclyAccessible: false,
      autoMinorVersionUpgrade: true,
    });
    // What is in the database is the cluster's.
    instance.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.node.defaultChild = this.cluster;
    acknowledge(this.cluster, {
      'AwsSolutions-RDS11': 'Nothing but named security groups reaches the port, and every client knows it.',
      ...ephemeral && { 'AwsSolutions-RDS10': 'An ephemeral database goes with its stack.' },
    });
    this.arn = this.cluster.attrDbClusterArn;
    this.host = this.cluster.attrEndpointAddress;
    this.port = this.cluster.attrEndpointPort;
    this.adminSecretArn = this.cluster.attrMasterUserSecretSecretArn;
  }
}
