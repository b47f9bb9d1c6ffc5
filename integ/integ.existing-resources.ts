/**
 * A company's own VPC without NAT, buckets and keys, in a stack of their own, and a lake that takes them over: streams' functions and jobs run
 * in the subnets, data lands in the bucket and under the keys, and all of it arrives.
 */
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, RemovalPolicy, Stack, aws_ec2 as ec2, aws_iam as iam, aws_kms as kms, aws_s3 as s3 } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { DataLakeAccelerator, WorkflowStart } from '../src';

const app = new App();

// What the company has. Key policies of imported keys are not changed by the lake: these say what its warnings ask for.
const company = new Stack(app, 'ExistingResourcesCompany');
const vpc = new ec2.Vpc(company, 'Vpc', {
  availabilityZones: [`${company.region}a`, `${company.region}b`],
  natGateways: 0,
  subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
  restrictDefaultSecurityGroup: false,
});
vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
for (const [id, service] of Object.entries({
  Glue: ec2.InterfaceVpcEndpointAwsService.GLUE,
  Kms: ec2.InterfaceVpcEndpointAwsService.KMS,
  Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Monitoring: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
})) vpc.addInterfaceEndpoint(id, { service });

const removal = { removalPolicy: RemovalPolicy.DESTROY };
const zoneKey = new kms.Key(company, 'ZoneKey', { enableKeyRotation: true, ...removal });
zoneKey.addToResourcePolicy(new iam.PolicyStatement({
  principals: [new iam.ServicePrincipal('s3.amazonaws.com')], actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: ['*'],
}));
const logKey = new kms.Key(company, 'LogKey', { enableKeyRotation: true, ...removal });
logKey.addToResourcePolicy(new iam.PolicyStatement({
  principals: [new iam.ServicePrincipal(`logs.${company.region}.amazonaws.com`)],
  actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
  resources: ['*'],
}));
const bucket = (id: string) => new s3.Bucket(company, id, {
  encryption: s3.BucketEncryption.KMS,
  encryptionKey: zoneKey,
  bucketKeyEnabled: true,
  enforceSSL: true,
  versioned: true,
  autoDeleteObjects: true,
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  ...removal,
});
const landing = bucket('Landing');
const results = bucket('Results');

// The lake knows them by their ARNs, as it would those of another team.
const stack = new Stack(app, 'ExistingResourcesInteg');
const key = kms.Key.fromKeyArn(stack, 'ZoneKey', zoneKey.keyArn);
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: [{ name: 'orders', schema: { order_id: 'string', amount: 'decimal(12,2)' } }],
  zones: [
    { name: 'drop', bucket: s3.Bucket.fromBucketAttributes(stack, 'Landing', { bucketArn: landing.bucketArn, encryptionKey: key }) },
    { name: 'raw', encryptionKey: key },
  ],
  network: { vpc },
  logEncryptionKey: kms.Key.fromKeyArn(stack, 'LogKey', logKey.keyArn),
  workgroup: { resultsBucket: s3.Bucket.fromBucketArn(stack, 'Results', results.bucketArn), encryptionKey: key },
  start: WorkflowStart.onDemand(),
  layers: testLayers(stack),
  ephemeral: true,
});
const [drop, raw] = [lake.zone('drop'), lake.zone('raw')];
const [subnet] = vpc.isolatedSubnets;

new LakeAssertions(new IntegTest(app, 'ExistingResources', { testCases: [stack], diffAssets: false }))
  .sees('Glue', 'getConnection', { Name: lake.catalog.network!.connectionName }, { Connection: { PhysicalConnectionRequirements: { SubnetId: subnet.subnetId } } })
  .put(drop.bucket, 'incoming/clicks.csv', 'Click ID,Page\n1, /home \n')
  .seesObject(raw.bucket, 'incoming/clicks.csv', 'click_id,page\n1,/home\n')
  .put(drop.bucket, 'tables/orders/2018.csv', 'order_id,amount\no1,12.50\no2,0.25\no3,a lot\n')
  .startsWorkflow(lake.catalog.workflow)
  // The job in the VPC.
  .seesWorkflowEnd(lake.catalog.workflow, 1)
  .sees('Glue', 'getJob', { JobName: lake.catalog.job('orders').jobName }, { Job: { Connections: { Connections: [lake.catalog.network!.connectionName] } } })
  .seesRows(lake.workgroup, lake.catalog.databaseName('raw'), 'SELECT count(*) AS orders, sum(amount) AS amount FROM raw_orders',
    ['orders', 'amount'], ['2', '12.75'])
  .seesObjects(drop.bucket, 'quarantine/orders/', 1)
  .seesDeadLetters(lake.deadLetterQueue.queue, 0);
