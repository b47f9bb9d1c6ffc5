import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as quicksight from 'aws-cdk-lib/aws-quicksight';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, IDependable } from 'constructs';
import { admit, WarehouseNetwork } from './warehouse-network';
import { removalPolicy } from '../private/ephemeral';
import { acknowledge, allowWildcards } from '../private/nag';
import { addToKeyPolicy } from '../private/policies';
import { newWithStack } from '../private/stack-names';

/** The role that QuickSight reads secrets under: https://docs.aws.amazon.com/quicksight/latest/user/secrets-manager-integration.html */
const SECRETS_ROLE = 'service-role/aws-quicksight-secretsmanager-role-v0';

export interface QuickSightConnectionProps {
  readonly network: WarehouseNetwork;
  readonly vpc: ec2.IVpc;
  readonly encryptionKey: kms.IKey;
  readonly ephemeral: boolean;
}

/** What a data source of QuickSight needs. */
export interface QuickSightReader {
  readonly connection: quicksight.CfnVPCConnection;
  readonly secret: secretsmanager.ISecret;
  /** There when the user is. */
  readonly ready: IDependable;
}

/** QuickSight's way to the warehouse: network interfaces in its subnets, and the secret of a database user that reads. */
export class QuickSightConnection extends Construct {
  public readonly connection: quicksight.CfnVPCConnection;
  public readonly secret: secretsmanager.Secret;
  public readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: QuickSightConnectionProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc, description: 'Data lake: QuickSight in the VPC', allowAllOutbound: false,
    });
    admit(props.network.securityGroup, this.securityGroup, 'QuickSight');
    // This group does not remember who asked: https://docs.aws.amazon.com/quicksight/latest/user/vpc-security-groups.html
    this.securityGroup.addIngressRule(props.network.securityGroup, ec2.Port.allTcp(), 'answers of the warehouse');
    const role = this.createRole();
    this.connection = new quicksight.CfnVPCConnection(this, 'Connection', {
      awsAccountId: account,
      vpcConnectionId: nameOf(this),
      name: nameOf(this),
      roleArn: role.roleArn,
      securityGroupIds: [this.securityGroup.securityGroupId],
      subnetIds: props.network.subnets.map(({ subnetId }) => subnetId),
    });
    this.connection.node.addDependency(role);
    this.secret = this.createSecret(props);
  }

  /** https://docs.aws.amazon.com/quicksight/latest/user/vpc-creating-a-connection-in-quicksight.html */
  private createRole(): iam.Role {
    const role = new iam.Role(this, 'Role', {
      description: 'Connects QuickSight with the VPC of the warehouse',
      assumedBy: new iam.ServicePrincipal('quicksight.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } }),
      inlinePolicies: {
        Network: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({
            actions: [
              'ec2:CreateNetworkInterface', 'ec2:ModifyNetworkInterfaceAttribute', 'ec2:DeleteNetworkInterface', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups',
            ],
            resources: ['*'],
          })],
        }),
      },
    });
    allowWildcards(role, { finding: /^Resource::\*$/, reason: 'QuickSight makes the network interfaces, whose names are not known before.' });
    return role;
  }

  private createSecret({ encryptionKey, ephemeral }: QuickSightConnectionProps): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, 'Secret', {
      description: 'Database user of QuickSight, which reads what is loaded',
      encryptionKey,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: 'quicksight' }), generateStringKey: 'password', passwordLength: 32, excludePunctuation: true,
      },
      removalPolicy: removalPolicy(ephemeral),
    });
    const { account } = Stack.of(this);
    const roleArn = Stack.of(this).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: SECRETS_ROLE });
    // By a condition: a policy that names a role which is not there yet is refused.
    const conditions = { StringEquals: { 'aws:PrincipalAccount': account }, ArnEquals: { 'aws:PrincipalArn': roleArn } };
    const statement = (actions: string[]) => new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], actions, resources: ['*'], conditions });
    secret.addToResourcePolicy(statement(['secretsmanager:GetSecretValue']));
    addToKeyPolicy(this, encryptionKey, statement(['kms:Decrypt']), 'QuickSight cannot read the secret of its database user');
    acknowledge(secret, { 'AwsSolutions-SMG4': 'A data source of QuickSight keeps the password that it was made with: the secret is exchanged by a deployment.' });
    return secret;
  }
}

/**
 * A name and id in QuickSight, which keeps a deleted analysis, and its id with it, for a month.
 *
 * https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DeleteAnalysis.html
 */
export function nameOf(construct: Construct): string {
  return newWithStack(construct, 128);
}
