import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { keyRemoval, removalPolicy } from '../private/ephemeral';
import { allowCloudWatchLogs } from '../private/log-key';

export interface FlowLogsProps {
  readonly vpc: ec2.IVpc;
  readonly encryptionKey?: kms.IKey;
  readonly retention: logs.RetentionDays;
  readonly ephemeral: boolean;
}

/** Records of a VPC's traffic in an encrypted log group, written with a role that can write there and do nothing else. */
export class FlowLogs extends Construct {
  public readonly logGroup: logs.LogGroup;
  public readonly encryptionKey: kms.IKey;

  constructor(scope: Construct, id: string, props: FlowLogsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.encryptionKey = props.encryptionKey ?? new kms.Key(this, 'Key', {
      description: 'Flow logs of the data lake\'s network',
      enableKeyRotation: true,
      ...keyRemoval(props.ephemeral),
    });
    allowCloudWatchLogs(this, this.encryptionKey, { sid: 'FlowLogs', names: `${stack.stackName}-*` });
    this.logGroup = new logs.LogGroup(this, 'LogGroup', {
      encryptionKey: this.encryptionKey,
      retention: props.retention,
      removalPolicy: removalPolicy(props.ephemeral),
    });
    const flowLog = new ec2.CfnFlowLog(this, 'FlowLog', {
      resourceType: 'VPC',
      resourceId: props.vpc.vpcId,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logGroupName: this.logGroup.logGroupName,
      deliverLogsPermissionArn: this.writer().roleArn,
    });
    this.node.defaultChild = flowLog;
  }

  /** https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html */
  private writer(): iam.Role {
    const stack = Stack.of(this);
    return new iam.Role(this, 'Role', {
      description: 'Writes the flow logs of the data lake\'s network',
      assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'ec2', resource: 'vpc-flow-log', resourceName: '*' }) },
        },
      }),
      inlinePolicies: {
        FlowLogs: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({
            actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
            resources: [this.logGroup.logGroupArn],
          })],
        }),
      },
    });
  }
}
