import { ArnFormat, Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CLASSES, CLEARANCE } from './classes';
import { DataClassification } from './data-classification';
import { jobRoles, notebookRoles } from './own-job-roles';
import { personaAllows } from './persona-allows';
import { personaDenies } from './persona-denies';
import { PersonaTargets, TargetJob, TargetRole } from './persona-targets';
import { PersonaTrust, requireTrustedClearance } from './persona-trust';
import { Persona, PERSONAS } from './personas';
import { managedPolicies } from './policy-size';
import { clear, ZoneClasses } from './zone-classes';
import { EtlJob } from '../catalog/etl-job';
import { ZonedGlueCatalog } from '../catalog/zoned-glue-catalog';
import { CuratedTrigger } from '../curation/curated-trigger';
import { describe } from '../private/metadata';
import { allowWildcards } from '../private/nag';
import { beginningOfRoleNames } from '../private/stack-names';
import { requireProps } from '../private/validation';
import { AthenaWorkgroup } from '../query/athena-workgroup';
import { IDataLakeZone } from '../zone/data-lake-zone';

/**
 * Who may become which persona.
 *
 * @example
 * const personas: PersonaRolesOptions = {
 *   trust: PersonaTrust.account(),
 *   clearances: { steward: DataClassification.SECRET, engineer: DataClassification.RESTRICTED },
 * };
 */
export interface PersonaRolesOptions {
  /**
   * Who may assume the roles.
   *
   * @default - nobody: only the policies are made, for permission sets of IAM Identity Center, which name them by `policyNamePrefix`
   */
  readonly trust?: PersonaTrust;

  /**
   * Clearance of each persona's role, by `steward`, `engineer`, `scientist` and `analyst`, for a trust whose sessions bring none along.
   *
   * @default - the lowest: `DataClassification.PROPRIETARY`
   */
  readonly clearances?: { [persona: string]: DataClassification };

  /**
   * What the names of the policies begin with: `<prefix>-engineer-1`. A permission set of IAM Identity Center names them.
   *
   * @default - CloudFormation names them
   */
  readonly policyNamePrefix?: string;

  /**
   * Name of the zone in which analysts upload.
   *
   * @default - the first zone outside the chain
   */
  readonly sandboxZone?: string;

  /**
   * Whether stewards administer the account, too (`AdministratorAccess`). What the lake denies them stays denied.
   *
   * @default false
   */
  readonly administratorAccess?: boolean;

  /**
   * Whether to make a group for each persona, for accounts that have users. A group has no clearance: its users' own tag counts.
   *
   * @default false
   */
  readonly groups?: boolean;

  /**
   * A boundary of all roles.
   *
   * @default - none
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/**
 * Properties of `PersonaRoles`.
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * declare const workgroup: AthenaWorkgroup;
 * declare const letters: DeadLetterQueue;
 * declare const zones: DataLakeZone[];
 * const props: PersonaRolesProps = { zones, catalog, workgroup, deadLetterQueue: letters.queue, trust: PersonaTrust.account() };
 */
export interface PersonaRolesProps extends PersonaRolesOptions {
  /** All zones of the lake. */
  readonly zones: IDataLakeZone[];

  /** The lake's catalog. */
  readonly catalog: ZonedGlueCatalog;

  /** The lake's work group. Results of the personas' queries go to its bucket, each persona's and clearance's to a prefix of its own. */
  readonly workgroup: AthenaWorkgroup;

  /** Where everything ends that could not be processed. */
  readonly deadLetterQueue: sqs.IQueue;

  /**
   * The curated tables.
   *
   * @default - none
   */
  readonly curatedTriggers?: CuratedTrigger[];

  /**
   * Whether work groups go with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/** Names in IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const POLICY_NAME = /^[\w+=,.@-]{1,100}$/;

/**
 * Four roles by job function, and a clearance that says how sensitive data they see: `docs/access-matrix.md` has the answer to every question.
 *
 * A role's path is `/job/<persona>/`. Clearance is the tag `clearance` of the session, which only the trusted identity provider sets, or that of the
 * role. Without one a person has the lowest.
 *
 * @see https://github.com/cdk-datalake-accelerator/cdk-datalake-accelerator/blob/main/docs/access-matrix.md
 *
 * @example
 * declare const provider: iam.SamlProvider;
 * new DataLakeAccelerator(this, 'Lake', {
 *   tables: [{ name: 'orders' }, { name: 'salaries', classification: DataClassification.SECRET }],
 *   personas: { trust: PersonaTrust.saml(provider) },
 * });
 */
export class PersonaRoles extends Construct {
  private readonly roles = new Map<Persona, iam.Role>();
  private readonly policies = new Map<Persona, iam.ManagedPolicy[]>();
  private readonly workgroups = new Map<string, AthenaWorkgroup>();
  private readonly _groups = new Map<Persona, iam.Group>();

  constructor(scope: Construct, id: string, props: PersonaRolesProps) {
    super(scope, id);
    requireProps(this, props, 'zones', 'catalog', 'workgroup', 'deadLetterQueue');
    validate(props);
    const targets = this.targets(props);
    ZoneClasses.join(props.zones);
    for (const zone of props.zones) ZoneClasses.of(zone).close();
    for (const job of jobsOf(props)) job._pinCode();
    for (const persona of PERSONAS) this.policies.set(persona, this.makePolicies(persona, targets, props));
    if (props.trust) for (const persona of PERSONAS) this.roles.set(persona, this.makeRole(persona, props.trust, props));
    if (props.groups) for (const persona of PERSONAS) this._groups.set(persona, this.makeGroup(persona));
  }

  /**
   * The role of a persona.
   *
   * @param persona the job function
   */
  public role(persona: Persona): iam.Role {
    const found = this.roles.get(persona);
    if (!found) throw new Error(`there is no role of the ${persona}, since nobody is trusted: give trust, such as PersonaTrust.account()`);
    return found;
  }

  /**
   * The group of a persona.
   *
   * @param persona the job function
   */
  public group(persona: Persona): iam.Group {
    const found = this._groups.get(persona);
    if (!found) throw new Error(`there is no group of the ${persona}: set groups to true`);
    return found;
  }

  /**
   * The policies of a persona, for roles that exist elsewhere.
   *
   * @param persona the job function
   */
  public policiesOf(persona: Persona): iam.IManagedPolicy[] {
    return [...this.policies.get(persona)!];
  }

  /**
   * The work group in which a persona queries.
   *
   * @param persona the job function
   * @param clearance how much the person may see
   */
  public workgroup(persona: Persona, clearance: DataClassification): AthenaWorkgroup {
    return this.workgroups.get(`${persona}/${clearance}`)!;
  }

  /**
   * Makes a role that exists a persona's.
   *
   * @param persona the job function
   * @param role the role
   * @param clearance what the role is cleared for; a role that was made elsewhere must have the tag `clearance` itself
   */
  public grant(persona: Persona, role: iam.IRole, clearance: DataClassification = DataClassification.PROPRIETARY): void {
    const isOwn = role.node.defaultChild instanceof iam.CfnRole;
    if (clearance !== DataClassification.PROPRIETARY && !isOwn) {
      throw new Error(`role '${role.node.path}' was made elsewhere, and cannot be given a clearance from here: tag it ${CLEARANCE}=${clearance} where it is made, `
        + 'and leave clearance out');
    }
    if (role instanceof iam.Role) requireTrustedClearance(role);
    for (const policy of this.policiesOf(persona)) role.addManagedPolicy(policy);
    clear(role, clearance);
  }

  private makeRole(persona: Persona, trust: PersonaTrust, props: PersonaRolesProps): iam.Role {
    const clearance = trust._bringsClearance ? undefined : props.clearances?.[persona] ?? DataClassification.PROPRIETARY;
    const role = new iam.Role(this, `Role-${persona}`, {
      description: `Data ${persona}`,
      path: clearance ? `/job/${persona}/access-level/${clearance}/` : `/job/${persona}/`,
      assumedBy: trust._principal(persona === Persona.STEWARD),
      managedPolicies: this.policiesOf(persona),
      permissionsBoundary: props.permissionsBoundary,
    });
    if (clearance) clear(role, clearance);
    if (persona === Persona.STEWARD && props.administratorAccess) {
      role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess'));
    }
    describe(role, { kind: 'persona-role', persona, ...clearance && { clearance } });
    return role;
  }

  private makeGroup(persona: Persona): iam.Group {
    return new iam.Group(this, `Group-${persona}`, { path: `/job/${persona}/`, managedPolicies: this.policiesOf(persona) });
  }

  private makePolicies(persona: Persona, targets: PersonaTargets, { policyNamePrefix }: PersonaRolesProps): iam.ManagedPolicy[] {
    const parts = managedPolicies(this, persona, [...personaAllows(persona, targets), ...personaDenies(persona, targets)]);
    return parts.map((statements, index) => {
      const policy = new iam.ManagedPolicy(this, `Policy-${persona}-${index + 1}`, {
        description: `What a data ${persona} may do, ${index + 1} of ${parts.length}`,
        managedPolicyName: policyNamePrefix && `${policyNamePrefix}-${persona}-${index + 1}`,
        path: `/job/${persona}/`,
        statements,
      });
      allowWildcards(policy,
        { finding: /^Resource::.*\*$/, reason: 'A persona works on whole zones; what is above the clearance is denied.' },
        { finding: /^Action::sagemaker:\*$/, reason: 'Data scientists use all of SageMaker, under roles that are bounded by their clearance.' });
      return policy;
    });
  }

  private targets(props: PersonaRolesProps): PersonaTargets {
    const { catalog, zones, deadLetterQueue } = props;
    const arn = (service: string, resource: string, resourceName?: string) => Stack.of(this).formatArn({ service, resource, resourceName });
    const data = {
      zones: zones.map((zone) => ({
        ...ZoneClasses.of(zone).bucket,
        zoneName: zone.zoneName,
        encryptionKey: zone.encryptionKey,
        databaseArn: arn('glue', 'database', catalog.databaseName(zone.zoneName)),
        tablesArn: arn('glue', 'table', `${catalog.databaseName(zone.zoneName)}/*`),
      })),
      curatedZone: catalog.lastZone.zoneName,
      catalogArn: arn('glue', 'catalog'),
      allTablesArns: catalog._databasePattern ? [arn('glue', 'database', catalog._databasePattern), arn('glue', 'table', `${catalog._databasePattern}/*`)] : undefined,
    };
    this.makeWorkgroups(props);
    const jobName = Names.uniqueResourceName(this, { maxLength: 60, separator: '-' });
    const options = { permissionsBoundary: props.permissionsBoundary };
    return {
      ...data,
      sandboxZone: sandboxOf(props),
      workflowArns: [
        arn('glue', 'workflow', catalog.workflow.workflowName),
        ...catalog.crawlers.map(({ crawlerName }) => arn('glue', 'crawler', crawlerName)),
      ],
      deadLetterQueueArn: deadLetterQueue.queueArn,
      jobs: this.lakeJobs(props),
      jobRolePattern: Stack.of(this).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `${beginningOfRoleNames(Stack.of(this))}*` }),
      scientistJobs: [...jobRoles(this, data, options)].map(([classification, role]): TargetJob => ({
        classification, roleArn: role.roleArn, jobArn: arn('glue', 'job', `${jobName}-${classification}-*`),
      })),
      assetArns: this.assetArns(props),
      notebookRoles: [...notebookRoles(this, data, options)].map(([classification, role]): TargetRole => ({ classification, roleArn: role.roleArn })),
      browsing: {
        dataCatalogArn: arn('athena', 'datacatalog', 'AwsDataCatalog'),
        databasesArn: arn('glue', 'database', '*'),
        defaultDatabaseArn: arn('glue', 'database', 'default'),
      },
      resultsBucketArn: props.workgroup.resultsBucket.bucketArn,
      resultsKeyArn: props.workgroup.encryptionKey.keyArn,
      resultsArn: (persona, clearance) => props.workgroup.resultsBucket.arnForObjects(`${resultsPrefix(persona, clearance)}*`),
      workgroupArn: (persona, clearance) => arn('athena', 'workgroup', this.workgroup(persona, clearance).workgroupName),
    };
  }

  /** The lake's own jobs, with the highest class that each sees. */
  private lakeJobs({ catalog, curatedTriggers = [] }: PersonaRolesProps): TargetJob[] {
    const target = (job: EtlJob, classification: DataClassification): TargetJob => ({
      classification,
      roleArn: job.role.roleArn,
      jobArn: Stack.of(this).formatArn({ service: 'glue', resource: 'job', resourceName: job.jobName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME }),
    });
    return [
      ...catalog.tableNames.map((table) => target(catalog.job(table), catalog._classOf(table))),
      ...curatedTriggers.map(({ job, _clearance }) => target(job, _clearance)),
    ];
  }

  /** What is in the buckets of the jobs' scripts and modules. */
  private assetArns(props: PersonaRolesProps): string[] {
    const buckets = [props.catalog.modules.bucket, ...jobsOf(props).map(({ _scriptBucket }) => _scriptBucket)];
    const arns = new Map(buckets.map((bucket) => [JSON.stringify(Stack.of(this).resolve(bucket.bucketArn)), bucket.arnForObjects('*')]));
    return [...arns.values()];
  }

  private makeWorkgroups({ workgroup, ephemeral }: PersonaRolesProps): void {
    for (const persona of PERSONAS) {
      for (const clearance of CLASSES) {
        const made = new AthenaWorkgroup(this, `Workgroup-${persona}-${clearance}`, {
          resultsBucket: workgroup.resultsBucket as s3.IBucket,
          resultsPrefix: resultsPrefix(persona, clearance),
          encryptionKey: workgroup.encryptionKey,
          ephemeral,
        });
        describe(made.workgroup, { kind: 'persona-workgroup', persona, clearance });
        this.workgroups.set(`${persona}/${clearance}`, made);
      }
    }
  }
}

/** The lake's own jobs. */
function jobsOf({ catalog, curatedTriggers = [] }: PersonaRolesProps): EtlJob[] {
  return [...catalog.jobs, ...curatedTriggers.map(({ job }) => job)];
}

/** Where the results of a persona's queries lie: apart, for they are as sensitive as what they were made of. */
function resultsPrefix(persona: Persona, clearance: DataClassification): string {
  return `personas/${persona}/${clearance}/`;
}

function sandboxOf({ zones, catalog, sandboxZone }: PersonaRolesProps): string {
  const names = zones.map(({ zoneName }) => zoneName);
  if (sandboxZone !== undefined && !names.includes(sandboxZone)) throw new Error(`sandboxZone "${sandboxZone}" is not in the lake: use one of ${names.join(', ')}`);
  const found = sandboxZone ?? zones.find((zone) => !catalog._isInChain(zone))?.zoneName;
  if (!found) throw new Error('the lake has no zone outside its chain, and analysts need one to upload to: add { name: "sandbox", standalone: true }, or set sandboxZone');
  return found;
}

function validate({ trust, clearances = {}, policyNamePrefix }: PersonaRolesProps): void {
  for (const [persona, clearance] of Object.entries(clearances)) {
    if (!PERSONAS.includes(persona as Persona)) throw new Error(`clearances names the persona "${persona}", which does not exist: use ${PERSONAS.join(', ')}`);
    if (!CLASSES.includes(clearance)) throw new Error(`clearance "${clearance}" of the ${persona} does not exist: use ${CLASSES.join(', ')}`);
  }
  if (trust?._bringsClearance && Object.keys(clearances).length) {
    throw new Error('clearances are for a trust whose sessions bring none along, and this one\'s do: leave clearances out, or set them at the identity provider');
  }
  if (!trust && !policyNamePrefix) {
    throw new Error('nobody is trusted to become a persona: give trust, such as PersonaTrust.account(), or policyNamePrefix for IAM Identity Center');
  }
  if (!trust && Object.keys(clearances).length) throw new Error('clearances are fixed on roles, and without trust there are none: give trust, or leave clearances out');
  if (policyNamePrefix !== undefined && !POLICY_NAME.test(policyNamePrefix)) {
    throw new Error(`policyNamePrefix "${policyNamePrefix}" is no name of a policy: use up to 100 letters, digits and any of +=,.@_-`);
  }
}
