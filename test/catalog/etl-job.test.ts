import * as path from 'path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { catalogOf, described, flat, policySize, statementsOf } from './support';
import { EtlJob, GlueSecurity, GlueExecutionClass, GlueWorkerType, JobScript, JobSettings, ZonedGlueCatalogProps } from '../../src';

const SCRIPT = path.join(__dirname, '..', '..', 'glue-assets', 'jobs', 'drop_to_raw.py');

function jobOf(job?: JobSettings, props: Partial<ZonedGlueCatalogProps> = {}): { job: any; template: Template } {
  const { stack } = catalogOf({ ...props, tables: [{ name: 'orders', job }] });
  const template = Template.fromStack(stack);
  return { job: described(template, 'table', 'orders'), template };
}

test('defaults: Glue 5.1, two G.1X workers, one hour, one run at a time, no retry, encrypted, no bookmarks, metrics', () => {
  const { job: { Properties: job } } = jobOf();
  expect(job).toMatchObject({
    GlueVersion: '5.1',
    WorkerType: 'G.1X',
    NumberOfWorkers: 2,
    Timeout: 60,
    MaxRetries: 0,
    ExecutionProperty: { MaxConcurrentRuns: 1 },
    Command: { Name: 'glueetl', PythonVersion: '3' },
    DefaultArguments: {
      '--job-language': 'python', '--job-bookmark-option': 'job-bookmark-disable', '--enable-metrics': 'true', '--enable-observability-metrics': 'true',
    },
  });
  expect(job).not.toHaveProperty('Name');
  expect(flat(job.SecurityConfiguration)).toMatch(/^<CatalogSecurityConfiguration/);
  expect(flat(job.DefaultArguments['--extra-py-files'])).toMatch(/^s3:\/\/.*\.zip$/);
});

test('bookmarks for scripts that use them, with rights that allow something', () => {
  const { template, job: { Properties: job } } = jobOf({ bookmarks: true });
  expect(job.DefaultArguments['--job-bookmark-option']).toBe('job-bookmark-enable');
  expect(statementsOf(template, job.Role, 'glue:GetJobBookmark')).toEqual([expect.objectContaining({ Resource: '*' })]);
  const without = jobOf({ bookmarks: false }, { jobDefaults: { bookmarks: true } });
  expect(without.job.Properties.DefaultArguments['--job-bookmark-option']).toBe('job-bookmark-disable');
  expect(statementsOf(without.template, without.job.Properties.Role, 'glue:GetJobBookmark')).toEqual([]);
});

test('a role has no right on jobs, which no script uses', () => {
  const { template, job: { Properties: job } } = jobOf({ bookmarks: true });
  for (const action of ['glue:GetJob', 'glue:GetJobRun', 'glue:GetDatabase', 'glue:GetPartitions']) expect(statementsOf(template, job.Role, action)).toEqual([]);
});

test('settings are obeyed, 0 too', () => {
  const { job: { Properties: job } } = jobOf(
    { workerType: GlueWorkerType.G_2X, numberOfWorkers: 5, timeout: Duration.minutes(7), maxRetries: 0, defaultArguments: { '--conf': 'a=b' } },
    { jobDefaults: { numberOfWorkers: 3, maxRetries: 2, defaultArguments: { '--conf': 'x=y', '--mine': '1' } } });
  expect(job).toMatchObject({ WorkerType: 'G.2X', NumberOfWorkers: 5, Timeout: 7, MaxRetries: 0 });
  expect(job.DefaultArguments).toMatchObject({ '--conf': 'a=b', '--mine': '1' });
});

test('defaults of the catalog hold where a table says nothing', () => {
  const jobDefaults = { numberOfWorkers: 3, maxRetries: 2, timeout: Duration.hours(2), workerType: GlueWorkerType.G_4X };
  const { job: { Properties: job } } = jobOf(undefined, { jobDefaults });
  expect(job).toMatchObject({ NumberOfWorkers: 3, MaxRetries: 2, Timeout: 120, WorkerType: 'G.4X' });
});

test.each<[string, JobSettings, object]>([
  ['by default a run over the account\'s limits waits, on machines that are there', {}, { JobRunQueuingEnabled: true, MaxRetries: 0 }],
  ['with retries it does not: AWS lets no such job wait', { maxRetries: 1 }, { MaxRetries: 1 }],
  ['FLEX waits by itself', { executionClass: GlueExecutionClass.FLEX }, { ExecutionClass: 'FLEX' }],
  ['STANDARD can be said', { executionClass: GlueExecutionClass.STANDARD }, { ExecutionClass: 'STANDARD', JobRunQueuingEnabled: true }],
])('%s', (_, settings, expected) => {
  const { job: { Properties: { JobRunQueuingEnabled, ExecutionClass, MaxRetries } } } = jobOf(settings);
  expect({ JobRunQueuingEnabled, ExecutionClass, MaxRetries }).toEqual({ MaxRetries: 0, ...expected });
});

test('auto scaling and spare machines are settings of a table and of all tables', () => {
  const scaled = (settings?: JobSettings, jobDefaults?: JobSettings) => jobOf(settings, { jobDefaults }).job.Properties;
  expect(scaled().DefaultArguments).not.toHaveProperty('--enable-auto-scaling');
  expect(scaled({ autoScaling: true, numberOfWorkers: 10 })).toMatchObject({ NumberOfWorkers: 10, DefaultArguments: { '--enable-auto-scaling': 'true' } });
  const own = scaled({ autoScaling: false }, { autoScaling: true, executionClass: GlueExecutionClass.FLEX });
  expect(own).toMatchObject({ ExecutionClass: 'FLEX', DefaultArguments: { '--enable-auto-scaling': 'false' } });
});

test.each([1, 300, 2.5])('%p workers are refused', (numberOfWorkers) => {
  expect(() => jobOf({ numberOfWorkers })).toThrow(`numberOfWorkers of a job (a driver and at least one executor) must be a whole number from 2 to 299, got ${numberOfWorkers}`);
});

test.each([-1, 11])('%p retries are refused', (maxRetries) => {
  expect(() => jobOf({ maxRetries })).toThrow(`maxRetries of a job must be a whole number from 0 to 10, got ${maxRetries}`);
});

test.each([Duration.seconds(90), Duration.minutes(0), Duration.days(8)])('a timeout of %p is refused', (timeout) => {
  expect(() => jobOf({ timeout })).toThrow(`timeout of ${timeout.toHumanString()} is not valid: Glue counts whole minutes, from 1 minute to 7 days`);
});

test('a very long timeout is warned of', () => {
  const { stack } = catalogOf({ tables: [{ name: 'orders', job: { timeout: Duration.hours(13) } }] });
  Annotations.fromStack(stack).hasWarning('/Test/Catalog/Table-orders', Match.stringLikeRegexp('over 12 hours.*cdk-datalake-accelerator:longJobTimeout'));
});

test.each(['--job-bookmark-option', '--table', '--schema', '--extra-py-files', '--TempDir', '--custom-logGroup-prefix', '--JOB_NAME', '--source_paths'])(
  'the argument %s is managed', (key) => {
    expect(() => jobOf({ defaultArguments: { [key]: 'x' } }))
      .toThrow(`argument "${key}" is managed by the construct: remove it from defaultArguments, and use the prop that sets it`);
  });

test('arguments begin with two dashes', () => {
  expect(() => jobOf({ defaultArguments: { '-conf': 'x' } })).toThrow('argument "-conf" does not begin with "--": write "--conf"');
});

test('the log groups are those that Glue writes to under a security configuration, encrypted, with a retention', () => {
  const { template, job } = jobOf();
  const prefix = job.Properties.DefaultArguments['--custom-logGroup-prefix'];
  expect(prefix).toMatch(/^\/aws-glue\/jobs\/Test-Catalog-Tableorders/);
  const groups = Object.values(template.findResources('AWS::Logs::LogGroup'))
    .filter((group: any) => group.Properties.LogGroupName && flat(group.Properties.LogGroupName).startsWith(prefix));
  const names = groups.map((group: any) => flat(group.Properties.LogGroupName).replace(/<CatalogSecurity\w+>/, 'SECURITY').replace(/<CatalogTable\w+>/, 'ROLE'));
  expect(names.sort()).toEqual([`${prefix}/SECURITY-role/ROLE/error`, `${prefix}/SECURITY-role/ROLE/output`]);
  for (const group of groups) {
    expect(group).toMatchObject({ Properties: { RetentionInDays: 90 }, DeletionPolicy: 'RetainExceptOnCreate' });
    expect(flat(group.Properties.KmsKeyId)).toMatch(/^<CatalogSecurityKey\w+\.Arn>$/);
  }
});

test('retention of the logs is obeyed, and they go with an ephemeral catalog', () => {
  const { template } = jobOf(undefined, { logRetention: logs.RetentionDays.ONE_DAY, ephemeral: true });
  template.allResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 1 }, DeletionPolicy: 'Delete' });
});

test('the role may do its own work only', () => {
  const { template, job: { Properties: job } } = jobOf();
  const [writing] = statementsOf(template, job.Role, 's3:PutObject');
  const written = writing.Resource.map(flat).map((arn: string) => arn.replace(/<Zone(\w+?)Bucket\w+\.Arn>/, '$1')).filter((arn: string) => arn.endsWith('*'));
  expect(written.sort()).toEqual(['drop/quarantine/orders/*', 'raw/manifests/orders/*', 'raw/staging/orders/*', 'raw/tables/orders/*']);
  const reading = statementsOf(template, job.Role, 's3:GetObject').flatMap((statement) => [statement.Resource].flat().map(flat));
  expect(reading.filter((arn) => /<Zonedrop/.test(arn) && arn.includes('/tables')).map((arn) => arn.replace(/<.*>/, '')))
    .toEqual(['/tables', '/tables/orders', '/tables/orders/*']);
  const [glueRead] = statementsOf(template, job.Role, 'glue:GetTable');
  expect(glueRead.Resource.map(flat).pop()).toMatch(/:table\/<CatalogDatabasedrop\w+>\/drop_orders$/);
  const writes = statementsOf(template, job.Role, 'glue:UpdateTable');
  expect(writes.map(({ Resource }) => flat(Resource.pop()))).toEqual([expect.stringMatching(/:table\/<CatalogDatabaseraw\w+>\/raw_orders$/)]);
  const [log] = statementsOf(template, job.Role, 'logs:PutLogEvents');
  expect(flat(log.Resource)).toContain(`:log-group:${job.DefaultArguments['--custom-logGroup-prefix']}/*`);
  expect(log.Action).toContain('logs:AssociateKmsKey');
});

test('policies stay within IAM\'s limits, at 90 tables of the longest names: 10,240 characters in a role, 6,144 in a shared one', () => {
  const tables = Array.from({ length: 90 }, (_, index) => ({ name: `${'x'.repeat(62)}${index + 10}`, schema: { day: 'date', id: 'int' }, partitionColumns: ['day'] }));
  const { stack } = catalogOf({ tables });
  const { Resources: resources } = Template.fromStack(stack).toJSON();
  const sizes = Object.values<any>(resources).filter(({ Type }) => Type === 'AWS::IAM::ManagedPolicy').map(({ Properties }) => policySize(Properties.PolicyDocument));
  expect(sizes).toHaveLength(2);
  expect(Math.max(...sizes)).toBeLessThan(6_144);
  const roles = Object.values<any>(resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
  expect(roles.length).toBeGreaterThan(90);
  for (const { Properties: { Policies = [], ManagedPolicyArns = [] } } of roles) {
    expect(Policies.reduce((sum: number, policy: any) => sum + policySize(policy.PolicyDocument), 0)).toBeLessThan(10_240);
    expect(ManagedPolicyArns.length).toBeLessThanOrEqual(10);
  }
});

test('tables share a policy, and each role is let at its own table only, by its tag', () => {
  const { stack } = catalogOf({ tables: [{ name: 'orders' }, { name: 'sellers' }] });
  const template = Template.fromStack(stack);
  const roles = ['orders', 'sellers'].map((name) => described(template, 'table', name).Properties.Role);
  const tables = roles.map((role) => JSON.stringify(statementsOf(template, role, 's3:PutObject')));
  expect(tables[0]).toContain('tables/orders/*');
  expect(tables[0]).not.toContain('sellers');
  expect(tables[1]).toEqual(tables[0].replace(/orders/g, 'sellers'));
  // Without a tag a variable stands for nothing, and no statement with it matches.
  expect(JSON.stringify(template.findResources('AWS::IAM::ManagedPolicy'))).toContain('${!aws:PrincipalTag/DataLakeTable}');
});

test('permissions are inside the role: there when the job is', () => {
  const { template } = jobOf();
  template.resourceCountIs('AWS::IAM::Policy', 0);
});

test('on its own, a job needs a script and an encryption, and gets the same defaults', () => {
  const stack = new Stack(new App(), 'Test');
  const security = new GlueSecurity(stack, 'Security');
  const script = JobScript.fromBucket(s3.Bucket.fromBucketName(stack, 'Scripts', 'scripts'), 'mine.py');
  const job = new EtlJob(stack, 'Mine', { security, script });
  job.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['sns:Publish'], resources: ['arn:aws:sns:eu-west-1:111122223333:done'] }));
  const template = Template.fromStack(stack);
  const [{ Properties: found }] = Object.values(template.findResources('AWS::Glue::Job')) as any[];
  expect(found).toMatchObject({ GlueVersion: '5.1', WorkerType: 'G.1X', NumberOfWorkers: 2, Timeout: 60, MaxRetries: 0 });
  expect(found).not.toHaveProperty('Description');
  expect(found.DefaultArguments).not.toHaveProperty(['--extra-py-files']);
  template.allResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 90 }, DeletionPolicy: 'RetainExceptOnCreate' });
  expect(statementsOf(template, found.Role, 'sns:Publish')).toHaveLength(1);
  expect(job.grantPrincipal.principalAccount).toBe(job.role.principalAccount);
});

describe('scripts', () => {
  test('the library\'s own is uploaded once for all tables', () => {
    const { stack } = catalogOf({ tables: [{ name: 'a' }, { name: 'b' }] });
    const template = Template.fromStack(stack);
    expect(described(template, 'table', 'a').Properties.Command.ScriptLocation).toEqual(described(template, 'table', 'b').Properties.Command.ScriptLocation);
  });

  test('a table brings its own from this machine', () => {
    const { stack, catalog } = catalogOf({ tables: [{ name: 'orders', script: JobScript.fromAsset(SCRIPT) }] });
    expect(catalog.job('orders').node.tryFindChild('Script')).toBeDefined();
    expect(flat(described(Template.fromStack(stack), 'table').Properties.Command.ScriptLocation)).toMatch(/\.py$/);
  });

  test('a table brings its own from a bucket', () => {
    const { stack, catalog } = catalogOf();
    catalog.addTable({ name: 'other', script: JobScript.fromBucket(s3.Bucket.fromBucketName(stack, 'Scripts', 'my-scripts'), 'jobs/other.py') });
    const template = Template.fromStack(stack);
    const { Properties: job } = described(template, 'table', 'other');
    expect(job.Command.ScriptLocation).toBe('s3://my-scripts/jobs/other.py');
    const readable = statementsOf(template, job.Role, 's3:GetObject').flatMap((statement) => [statement.Resource].flat().map(flat));
    expect(readable).toContain('arn:<AWS::Partition>:s3:::my-scripts/jobs/other.py');
  });

  test('other files are refused', () => {
    expect(() => JobScript.fromAsset('job.scala')).toThrow('script "job.scala" is not a Python file: give the path of a .py file');
    const { stack } = catalogOf();
    const bucket = s3.Bucket.fromBucketName(stack, 'Scripts', 'my-scripts');
    expect(() => JobScript.fromBucket(bucket, 'job.jar')).toThrow('script key "job.jar" is not a Python file: give the key of a .py object');
  });
});
