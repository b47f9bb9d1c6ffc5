import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CLASSES } from './classes';
import { DataClassification } from './data-classification';
import { PersonaTargets } from './persona-targets';
import { managedPolicies } from './policy-size';
import { clear } from './zone-classes';
import { allowWildcards } from '../private/nag';

/** What the roles of scientists' jobs and notebooks may do. */
type DataTargets = Pick<PersonaTargets, 'zones' | 'curatedZone' | 'catalogArn' | 'allTablesArns'>;

/** The service that runs what a scientist makes. */
interface Runner {
  readonly id: string;
  readonly service: string;
  readonly description: string;
  readonly logGroups: string;
}

const JOBS: Runner = { id: 'Jobs', service: 'glue', description: 'Jobs of data scientists', logGroups: '/aws-glue/*' };
const NOTEBOOKS: Runner = { id: 'Notebooks', service: 'sagemaker', description: 'Notebooks of data scientists', logGroups: '/aws/sagemaker/*' };

/** Makes the role of each clearance under which scientists' jobs run. */
export function jobRoles(scope: Construct, targets: DataTargets, options: RoleOptions): Map<DataClassification, iam.Role> {
  return rolesFor(scope, JOBS, targets, options);
}

/** Makes the role of each clearance under which scientists' notebooks run. */
export function notebookRoles(scope: Construct, targets: DataTargets, options: RoleOptions): Map<DataClassification, iam.Role> {
  return rolesFor(scope, NOTEBOOKS, targets, options);
}

/** What all roles of personas have in common. */
export interface RoleOptions {
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/** Reads every zone up to the clearance, writes to the curated one, and nothing else: whoever starts it gains nothing but time. */
function rolesFor(scope: Construct, runner: Runner, targets: DataTargets, options: RoleOptions): Map<DataClassification, iam.Role> {
  const { account } = Stack.of(scope);
  const policies = managedPolicies(scope, runner.description, statementsOf(scope, runner, targets)).map((statements, index) => {
    const policy = new iam.ManagedPolicy(scope, `${runner.id}Policy${index ? index + 1 : ''}`, { description: runner.description, statements });
    allowWildcards(policy, { finding: /^Resource::.+\*$/, reason: 'It works on all that the clearance of its role lets it see.' });
    return policy;
  });
  return new Map(CLASSES.map((clearance) => {
    const role = new iam.Role(scope, `${runner.id}-${clearance}`, {
      description: `${runner.description}, cleared for ${clearance}`,
      path: `/access-level/${clearance}/`,
      assumedBy: new iam.ServicePrincipal(`${runner.service}.amazonaws.com`, { conditions: { StringEquals: { 'aws:SourceAccount': account } } }),
      managedPolicies: policies,
      permissionsBoundary: options.permissionsBoundary,
    });
    clear(role, clearance);
    return [clearance, role];
  }));
}

/** What every such role may do, up to its clearance. */
function statementsOf(scope: Construct, runner: Runner, targets: DataTargets): iam.PolicyStatement[] {
  const { partition, region, account } = Stack.of(scope);
  return [
    new iam.PolicyStatement({ sid: 'List', actions: ['s3:GetBucketLocation', 's3:ListBucket'], resources: targets.zones.map(({ bucket }) => bucket.bucketArn) }),
    new iam.PolicyStatement({ sid: 'Read', actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: targets.zones.map(({ bucket }) => bucket.arnForObjects('*')) }),
    new iam.PolicyStatement({
      sid: 'Write',
      actions: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:PutObject', 's3:PutObjectTagging'],
      resources: targets.zones.filter(({ zoneName }) => zoneName === targets.curatedZone).map(({ bucket }) => bucket.arnForObjects('*')),
    }),
    new iam.PolicyStatement({
      sid: 'Keys', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [...new Set(targets.zones.map(({ encryptionKey }) => encryptionKey.keyArn))],
    }),
    new iam.PolicyStatement({
      sid: 'Tables',
      actions: ['glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable', 'glue:GetTables'],
      resources: [targets.catalogArn, ...targets.allTablesArns ?? targets.zones.flatMap(({ databaseArn, tablesArn }) => [databaseArn, tablesArn])],
    }),
    new iam.PolicyStatement({
      sid: 'Logs',
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`arn:${partition}:logs:${region}:${account}:log-group:${runner.logGroups}`],
    }),
  ];
}
