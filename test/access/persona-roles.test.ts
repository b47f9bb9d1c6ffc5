import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Curation, DataClassification, DataLakeAcceleratorProps, DataLakeZone, LakeNetwork, Persona, PersonaRolesOptions, PersonaTrust } from '../../src';
import { lakeIn } from '../audit/support';
import { nagErrors } from '../private/nag';
import { newStack } from '../zone/helpers';

const { PROPRIETARY, RESTRICTED, SECRET } = DataClassification;

function lakeWith(personas: PersonaRolesOptions, props: Partial<DataLakeAcceleratorProps> = {}, stack: Stack = newStack()) {
  const lake = lakeIn(stack, { personas, ...props });
  return { stack, lake, personas: lake.personas! };
}

/** Principals that may do several things to a role. */
class Assuming extends iam.PrincipalBase {
  public readonly assumeRoleAction = 'sts:AssumeRole';

  constructor(private readonly principal: iam.PrincipalBase, private readonly actions: string[]) {
    super();
  }

  public get policyFragment() {
    return this.principal.policyFragment;
  }

  public dedupeString() {
    return undefined;
  }

  public addToAssumeRolePolicy(document: iam.PolicyDocument): void {
    document.addStatements(new iam.PolicyStatement({ actions: this.actions, principals: [this.principal] }));
  }
}

const CLASSIFIED: Partial<DataLakeAcceleratorProps> = {
  tables: [
    { name: 'order_items' }, { name: 'order_reviews', classification: RESTRICTED }, { name: 'closed_deals', classification: SECRET },
  ],
  curation: Curation.sellerPerformance(),
};

/** No persona becomes another one. */
const NO_PERSONA = { ArnNotLike: { 'aws:PrincipalArn': expect.objectContaining({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::*:role/job/*']] }) } };

/** The resources of a type, rendered, by their logical ids. */
function resources(stack: Stack, type: string): [string, any][] {
  return Object.entries(Template.fromStack(stack).findResources(type)) as [string, any][];
}

function rolesOf(stack: Stack): Map<string, any> {
  return new Map(resources(stack, 'AWS::IAM::Role').filter(([, { Metadata }]) => Metadata?.datalake?.kind === 'persona-role')
    .map(([, role]) => [role.Metadata.datalake.persona, role.Properties]));
}

describe('who may become a persona', () => {
  test('somebody of the account, a steward with a second factor, each with a clearance that is fixed', () => {
    const { stack } = lakeWith({ trust: PersonaTrust.account(), clearances: { steward: SECRET } });
    const roles = rolesOf(stack);

    expect([...roles.keys()].sort()).toEqual(['analyst', 'engineer', 'scientist', 'steward']);
    expect(roles.get('steward').Path).toBe('/job/steward/access-level/secret/');
    expect(roles.get('steward').Tags).toEqual(expect.arrayContaining([{ Key: 'clearance', Value: 'secret' }]));
    expect(roles.get('steward').AssumeRolePolicyDocument.Statement).toEqual([
      expect.objectContaining({ Action: 'sts:AssumeRole', Condition: { ...NO_PERSONA, Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
    ]);
    expect(roles.get('engineer').Path).toBe('/job/engineer/access-level/proprietary/');
    expect(roles.get('engineer').AssumeRolePolicyDocument.Statement).toEqual([expect.objectContaining({ Condition: NO_PERSONA })]);
    expect(JSON.stringify([...roles.values()])).not.toContain('sts:TagSession');
  });

  test.each<[string, (stack: Stack) => PersonaTrust, string, unknown]>([
    ['SAML', (stack) => PersonaTrust.saml(iam.SamlProvider.fromSamlProviderArn(stack, 'Saml', 'arn:aws:iam::111122223333:saml-provider/company')),
      'sts:AssumeRoleWithSAML', { Federated: 'arn:aws:iam::111122223333:saml-provider/company' }],
    ['OpenID Connect', (stack) => PersonaTrust.openIdConnect(
      iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Oidc', 'arn:aws:iam::111122223333:oidc-provider/login.example.com'), 'lake'),
    'sts:AssumeRoleWithWebIdentity', { Federated: 'arn:aws:iam::111122223333:oidc-provider/login.example.com' }],
    ['a broker', () => PersonaTrust.broker('arn:aws:iam::111122223333:role/portal'), 'sts:AssumeRole', { AWS: 'arn:aws:iam::111122223333:role/portal' }],
  ])('whom %s signs in, with the clearance that it says and no other tag', (_, trust, action, principal) => {
    const stack = newStack();
    const roles = rolesOf(lakeWith({ trust: trust(stack) }, {}, stack).stack);

    expect(roles.get('analyst').Path).toBe('/job/analyst/');
    expect(roles.get('analyst').Tags ?? []).not.toEqual(expect.arrayContaining([expect.objectContaining({ Key: 'clearance' })]));
    expect(roles.get('analyst').AssumeRolePolicyDocument.Statement).toEqual([
      expect.objectContaining({ Sid: 'Assume', Action: action, Principal: principal }),
      expect.objectContaining({
        Sid: 'Clearance',
        Action: 'sts:TagSession',
        Principal: principal,
        Condition: expect.objectContaining({
          'StringEqualsIfExists': { 'aws:RequestTag/clearance': ['proprietary', 'restricted', 'secret'] },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['clearance'] },
        }),
      }),
    ]);
  });

  test('with IAM Identity Center there are policies with names, and no roles', () => {
    const { stack, personas } = lakeWith({ policyNamePrefix: 'lake' });
    const names = resources(stack, 'AWS::IAM::ManagedPolicy').map(([, { Properties }]) => Properties.ManagedPolicyName).filter(Boolean);

    expect(rolesOf(stack).size).toBe(0);
    expect(names).toEqual(expect.arrayContaining(['lake-steward-1', 'lake-engineer-1', 'lake-scientist-1', 'lake-analyst-1']));
    expect(() => personas.role(Persona.ANALYST)).toThrow('there is no role of the analyst, since nobody is trusted: give trust, such as PersonaTrust.account()');
  });
});

describe('options', () => {
  test('administrator access is for stewards, on request', () => {
    const admins = ({ stack }: { stack: Stack }) => resources(stack, 'AWS::IAM::Role')
      .filter(([, role]) => JSON.stringify(role.Properties.ManagedPolicyArns ?? []).includes('AdministratorAccess'))
      .map(([, role]) => role.Metadata.datalake.persona);

    expect(admins(lakeWith({ trust: PersonaTrust.account() }))).toEqual([]);
    expect(admins(lakeWith({ trust: PersonaTrust.account(), administratorAccess: true }))).toEqual(['steward']);
  });

  test('groups have the same policies', () => {
    const { stack, personas } = lakeWith({ trust: PersonaTrust.account(), groups: true });
    const groups = resources(stack, 'AWS::IAM::Group').map(([, { Properties }]) => Properties);

    expect(groups.map(({ Path }) => Path).sort()).toEqual(['/job/analyst/', '/job/engineer/', '/job/scientist/', '/job/steward/']);
    expect(groups.find(({ Path }) => Path === '/job/analyst/').ManagedPolicyArns).toEqual(rolesOf(stack).get('analyst').ManagedPolicyArns);
    expect(personas.group(Persona.ANALYST)).toBeDefined();
    expect(() => lakeWith({ trust: PersonaTrust.account() }).personas.group(Persona.ANALYST)).toThrow('there is no group of the analyst: set groups to true');
  });

  test('a boundary is on every role that is made', () => {
    const stack = newStack();
    lakeWith({ trust: PersonaTrust.account(), permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'limits') }, {}, stack);
    const made = resources(stack, 'AWS::IAM::Role').filter(([id]) => id.startsWith('LakePersonas'));

    expect(made).toHaveLength(4 + 6);
    for (const [, role] of made) expect(JSON.stringify(role.Properties.PermissionsBoundary)).toContain(':policy/limits');
  });

  test('an existing role becomes a persona\'s', () => {
    const { stack, personas } = lakeWith({ trust: PersonaTrust.account() });
    const role = new iam.Role(stack, 'Own', { assumedBy: new iam.AccountRootPrincipal() });
    personas.grant(Persona.ANALYST, role, RESTRICTED);

    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      ManagedPolicyArns: rolesOf(stack).get('analyst').ManagedPolicyArns, Tags: Match.arrayWith([{ Key: 'clearance', Value: 'restricted' }]), Path: Match.absent(),
    });
    expect(() => personas.grant(Persona.ANALYST, iam.Role.fromRoleName(stack, 'Elsewhere', 'x'), SECRET))
      .toThrow(/was made elsewhere, and cannot be given a clearance from here: tag it clearance=secret where it is made, and leave clearance out/);
  });

  test.each<[string, (stack: Stack) => iam.IPrincipal]>([
    ['everybody', () => new iam.AccountRootPrincipal().withSessionTags()],
    ['all of STS', (stack) => new Assuming(new iam.AccountPrincipal(stack.account), ['sts:AssumeRole', 'sts:Tag*'])],
  ])('but not one whose session %s may tag, and so choose a clearance', (_, principal) => {
    const { stack, personas } = lakeWith({ trust: PersonaTrust.account() });
    const role = new iam.Role(stack, 'Open', { assumedBy: principal(stack) });

    expect(() => personas.grant(Persona.ANALYST, role)).toThrow(/^whoever assumes role 'Stack\/Open' may tag the session \(sts:TagSession\), and so choose their clearance: /);
  });

  test('one whose sessions the same provider tags becomes a persona\'s', () => {
    const { stack, personas } = lakeWith({ trust: PersonaTrust.account() });
    const role = new iam.Role(stack, 'Tagged', { assumedBy: PersonaTrust.broker('arn:aws:iam::111122223333:role/portal')._principal(false) });

    expect(() => personas.grant(Persona.ANALYST, role)).not.toThrow();
  });

  test('the lake\'s jobs run the code that they were given, whoever starts them', () => {
    const { stack } = lakeWith({ trust: PersonaTrust.account() }, {
      ...CLASSIFIED, tables: CLASSIFIED.tables!.map((table) => ({ ...table, job: { defaultArguments: { '--additional-python-modules': 'rich==13.0' } } })),
    });
    const jobs = resources(stack, 'AWS::Glue::Job').map(([, { Properties }]) => Properties);

    expect(jobs).toHaveLength(4);
    for (const { Command, DefaultArguments, NonOverridableArguments } of jobs) {
      const modules = DefaultArguments['--additional-python-modules'] ?? '';
      expect(NonOverridableArguments).toEqual({
        '--scriptLocation': Command.ScriptLocation,
        '--extra-py-files': DefaultArguments['--extra-py-files'],
        '--extra-jars': '',
        '--extra-files': '',
        '--additional-python-modules': modules,
        ...modules && { '--python-modules-installer-option': '' },
      });
    }
    expect(jobs.map(({ NonOverridableArguments }) => NonOverridableArguments['--additional-python-modules']).sort()).toEqual(['', 'rich==13.0', 'rich==13.0', 'rich==13.0']);
  });

  test('nobody but stewards writes where the code of jobs lies', () => {
    const { stack } = lakeWith({ trust: PersonaTrust.account() }, CLASSIFIED);
    const denies = resources(stack, 'AWS::IAM::ManagedPolicy').flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .filter(({ Sid }) => Sid === 'NoAssets');

    expect(denies).toHaveLength(3);
    for (const { Action, Resource } of denies) {
      expect(Action).toEqual(expect.arrayContaining(['s3:PutObject', 's3:DeleteObject']));
      expect(JSON.stringify(Resource)).toContain('cdk-hnb659fds-assets-');
    }
  });

  test('each persona and clearance has a work group with results of its own', () => {
    const { personas, stack } = lakeWith({ trust: PersonaTrust.account() });
    const locations = resources(stack, 'AWS::Athena::WorkGroup').map(([, { Properties }]) =>
      JSON.stringify(Properties.WorkGroupConfiguration.ResultConfiguration.OutputLocation));

    expect(new Set(locations).size).toBe(13);
    expect(JSON.stringify(stack.resolve(personas.workgroup(Persona.ANALYST, RESTRICTED).resultsLocation))).toContain('/personas/analyst/restricted/');
  });
});

test.each<[string, PersonaRolesOptions, Partial<DataLakeAcceleratorProps>, string]>([
  ['no trust', {}, {}, 'nobody is trusted to become a persona: give trust, such as PersonaTrust.account(), or policyNamePrefix for IAM Identity Center'],
  ['an unknown persona', { trust: PersonaTrust.account(), clearances: { boss: SECRET } }, {}, 'clearances names the persona "boss", which does not exist: use steward, engineer, scientist, analyst'],
  ['an unknown class of a zone', { trust: PersonaTrust.account() }, { zones: [{ name: 'drop', classification: 'top' as DataClassification }, { name: 'raw' }] }, 'classification "top" of zone \'drop\' does not exist: use proprietary, restricted, secret'],
  ['an unknown class of a table', { trust: PersonaTrust.account() }, { tables: [{ name: 'orders', classification: 'Secret' as DataClassification }] }, 'classification "Secret" of table "orders" does not exist'],
  ['an unknown class of a stream', { trust: PersonaTrust.account() }, { zones: [{ name: 'drop', dataStreams: [{ name: 'clicks', classification: 'top' as DataClassification }] }, { name: 'raw' }] }, 'classification "top" of stream \'clicks\' of zone \'drop\' does not exist'],
  ['an unknown class of a curated table', { trust: PersonaTrust.account() }, { ...CLASSIFIED, curation: Curation.sellerPerformance({ classification: 'top' as DataClassification }) }, 'classification "top" of curated table "seller_performance" does not exist'],
  ['an unknown class', { trust: PersonaTrust.account(), clearances: { steward: 'top' as DataClassification } }, {}, 'clearance "top" of the steward does not exist: use proprietary, restricted, secret'],
  ['clearances of roles whose sessions bring theirs', { trust: PersonaTrust.broker('arn:aws:iam::1:role/x'), clearances: { steward: SECRET } }, {}, 'clearances are for a trust whose sessions bring none along'],
  ['clearances without roles', { policyNamePrefix: 'lake', clearances: { steward: SECRET } }, {}, 'clearances are fixed on roles, and without trust there are none'],
  ['a name that IAM does not take', { policyNamePrefix: 'a/b' }, {}, 'policyNamePrefix "a/b" is no name of a policy'],
  ['a sandbox that is not there', { trust: PersonaTrust.account(), sandboxZone: 'play' }, {}, 'sandboxZone "play" is not in the lake: use one of drop, raw, curated, sandbox'],
  ['no sandbox', { trust: PersonaTrust.account() }, { zones: [{ name: 'drop' }, { name: 'raw' }] }, 'the lake has no zone outside its chain, and analysts need one to upload to'],
])('%s is an error with the fix', (_, personas, props, message) => {
  expect(() => lakeWith(personas, props)).toThrow(message);
});

describe('classes', () => {
  test('a table\'s class is its job\'s argument, its role\'s clearance, and kept by the policies of both buckets', () => {
    const { stack } = lakeWith({ trust: PersonaTrust.account() }, CLASSIFIED);
    const jobs = resources(stack, 'AWS::Glue::Job').map(([, { Properties, Metadata }]) => [Metadata.datalake.name, Properties.DefaultArguments['--data_classification']]);
    const policies = resources(stack, 'AWS::S3::BucketPolicy').map(([, { Properties }]) => JSON.stringify(Properties.PolicyDocument));

    expect(Object.fromEntries(jobs)).toEqual({ order_items: undefined, order_reviews: 'restricted', closed_deals: 'secret', seller_performance: 'secret' });
    expect(policies.filter((policy) => policy.includes('/?*/closed_deals/*'))).toHaveLength(2);
    expect(policies.filter((policy) => policy.includes('/?*/seller_performance/*'))).toHaveLength(1);
  });

  test('without classes a lake\'s template is what it was', () => {
    const stack = newStack();
    lakeIn(stack, { curation: undefined });
    const text = JSON.stringify(Template.fromStack(stack).toJSON());

    for (const word of ['clearance', 'data_classification', 'DATA_CLASSIFICATION', 'data-classification']) expect(text.includes(word)).toBe(false);
  });

  test('a stream\'s class is its function\'s environment, and that of what it writes', () => {
    const stack = newStack();
    lakeIn(stack, { zones: [{ name: 'drop', dataStreams: [{ name: 'clicks', classification: SECRET }] }, { name: 'raw', dataStreams: [] }] });

    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike({ DATA_CLASSIFICATION: 'secret' }) } });
    const policies = resources(stack, 'AWS::S3::BucketPolicy').map(([, { Properties }]) => JSON.stringify(Properties.PolicyDocument));
    expect(policies.filter((policy) => policy.includes('/streams/clicks/*'))).toHaveLength(2);
    expect(policies.filter((policy) => policy.includes('/quarantine/clicks/*'))).toHaveLength(1);
  });

  test('what is tagged with a class can be copied to any zone, and is kept there, too', () => {
    for (const props of [CLASSIFIED, { personas: { trust: PersonaTrust.account() } }]) {
      const stack = newStack();
      const lake = lakeIn(stack, props);
      const sandbox = stack.resolve(lake.zone('sandbox').bucket.bucketName);
      const [, { Properties }] = resources(stack, 'AWS::S3::BucketPolicy').find(([, policy]) => JSON.stringify(policy.Properties.Bucket) === JSON.stringify(sandbox))!;

      expect(Properties.PolicyDocument.Statement.map(({ Sid }: any) => Sid).filter(Boolean)).toEqual(['ReadRestricted', 'TagRestricted', 'ReadSecret', 'TagSecret']);
    }
  });

  test('a stream takes the class of what another one writes for it, and says so where it was declared too late', () => {
    const dataStreams = (classification?: DataClassification) => [{ name: 'clicks', classification }];
    const lakeOf = (first?: DataClassification, second?: DataClassification) => lakeIn(newStack(), {
      zones: [{ name: 'drop', dataStreams: dataStreams(first) }, { name: 'raw', dataStreams: dataStreams(second) }, { name: 'curated' }],
    });

    expect(lakeOf(SECRET, SECRET).zone('raw').dataStreams[0].classification).toBe(SECRET);
    expect(lakeOf(PROPRIETARY, RESTRICTED).zone('drop').dataStreams[0].classification).toBe(PROPRIETARY);
    expect(() => lakeOf(SECRET, RESTRICTED)).toThrow("stream 'clicks' of zone 'drop' is secret, and what it writes goes to stream 'clicks' of the next zone, which is restricted: "
      + 'give that stream the class, too');
  });

  test('a stream that is added later takes the class of what is written there', () => {
    const stack = newStack();
    const raw = new DataLakeZone(stack, 'Raw', { zoneName: 'raw', nextZone: new DataLakeZone(stack, 'End', { zoneName: 'end' }), dataStreams: [] });
    new DataLakeZone(stack, 'Drop', { zoneName: 'drop', nextZone: raw, dataStreams: [{ name: 'clicks', classification: SECRET }] });

    expect(raw.addDataStream('clicks').classification).toBe(SECRET);
  });

  test('what empties the buckets of an ephemeral lake is cleared for it', () => {
    const stack = newStack();
    lakeIn(stack, { ...CLASSIFIED, ephemeral: true });
    const [, role] = resources(stack, 'AWS::IAM::Role').find(([id]) => id.startsWith('CustomS3AutoDeleteObjects'))!;

    expect(role.Properties.Tags).toEqual([{ Key: 'clearance', Value: 'secret' }]);
  });

  test('Macie\'s own role sees what it is to look through', () => {
    const stack = newStack();
    lakeIn(stack, { ...CLASSIFIED, sensitiveData: {} });
    const denies = resources(stack, 'AWS::S3::BucketPolicy').flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
      .filter(({ Sid }) => /Secret|Restricted/.test(Sid ?? ''));

    expect(denies.length).toBeGreaterThan(0);
    for (const { Condition } of denies) expect(JSON.stringify(Condition.ArnNotLike)).toContain('AWSServiceRoleForAmazonMacie');
  });
});

test('cdk-nag finds nothing in a lake with personas, classes and network', () => {
  const stack = newStack();
  const network = new LakeNetwork(stack, 'Network').attachment();
  lakeWith({ trust: PersonaTrust.account(), clearances: { steward: SECRET } }, { ...CLASSIFIED, network }, stack);

  expect(nagErrors(stack)).toEqual([]);
});

test('no policy of any persona asks for the tags of a role that is passed', () => {
  const { stack } = lakeWith({ trust: PersonaTrust.account() }, CLASSIFIED);
  const statements = resources(stack, 'AWS::IAM::ManagedPolicy').flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
  const passing = statements.filter(({ Action }) => [Action].flat().includes('iam:PassRole'));

  expect(passing.length).toBeGreaterThan(4);
  for (const { Condition } of passing) expect(JSON.stringify(Condition ?? {})).not.toMatch(/ResourceTag/);
  expect(PROPRIETARY).toBe('proprietary');
});
