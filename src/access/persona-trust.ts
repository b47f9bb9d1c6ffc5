import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CLASSES, CLEARANCE } from './classes';

/**
 * Who may become a persona, and where the clearance comes from.
 *
 * @example
 * declare const provider: iam.SamlProvider;
 * const company = PersonaTrust.saml(provider);
 * const developers = PersonaTrust.account();
 */
export class PersonaTrust {
  /**
   * Principals of an account whose own policies let them assume the roles. Stewards need multi-factor authentication. The clearance is fixed on
   * the roles, by `clearances`.
   *
   * @param accountId the account; the roles' own when left out
   */
  public static account(accountId?: string): PersonaTrust {
    return new PersonaTrust(false, (needsMfa) => {
      const principal = accountId ? new iam.AccountPrincipal(accountId) : new iam.AccountRootPrincipal();
      return principal.withConditions({ ...noPersona(), ...needsMfa && { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } });
    });
  }

  /**
   * One principal that signs people in, such as the role of an access portal: it sets the tag `clearance` of each session. Whoever can act as this
   * principal chooses clearances, so let it be a role that nobody assumes by hand.
   *
   * @param arn ARN of a role
   */
  public static broker(arn: string): PersonaTrust {
    return new PersonaTrust(true, () => withClearance(new iam.ArnPrincipal(arn).withConditions(noPersona())));
  }

  /**
   * A SAML identity provider. It says a person's clearance in the attribute `https://aws.amazon.com/SAML/Attributes/PrincipalTag:clearance`.
   *
   * @param provider the provider
   */
  public static saml(provider: iam.ISamlProvider): PersonaTrust {
    return new PersonaTrust(true, () => withClearance(new iam.SamlConsolePrincipal(provider)));
  }

  /**
   * An OpenID Connect provider. It says a person's clearance among the `principal_tags` of the token's claim `https://aws.amazon.com/tags`.
   *
   * @param provider the provider
   * @param audience the audience of its tokens: the client's id
   */
  public static openIdConnect(provider: iam.IOpenIdConnectProvider, audience: string): PersonaTrust {
    return new PersonaTrust(true, () => withClearance(new iam.WebIdentityPrincipal(provider.openIdConnectProviderArn, {
      StringEquals: { [`${provider.openIdConnectProviderIssuer}:aud`]: audience },
    })));
  }

  /**
   * @param _bringsClearance whether sessions bring the tag `clearance` along
   * @param make makes the principal
   */
  private constructor(private readonly bringsClearance: boolean, private readonly make: (needsMfa: boolean) => iam.IPrincipal) {}

  /**
   * Whether sessions bring their clearance along.
   *
   * @internal
   */
  public get _bringsClearance(): boolean {
    return this.bringsClearance;
  }

  /**
   * The principal of a role's trust policy.
   *
   * @internal
   */
  public _principal(needsMfa: boolean): iam.IPrincipal {
    return this.make(needsMfa);
  }
}

/** No persona becomes another one, or itself with another clearance. */
function noPersona(): { [operator: string]: { [key: string]: string } } {
  return { ArnNotLike: { 'aws:PrincipalArn': `arn:${Aws.PARTITION}:iam::*:role/job/*` } };
}

/**
 * Refuses a role whose trust policy lets whoever assumes it tag the session as they like: the tag of a session goes before that of the role, so that
 * they would choose their clearance.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function requireTrustedClearance(role: iam.Role): void {
  const document = Stack.of(role).resolve(role.assumeRolePolicy?.toJSON()) as { Statement?: TrustStatement[] } | undefined;
  const open = (document?.Statement ?? []).some(({ Effect, Action, Condition }) => Effect === 'Allow'
    && [Action].flat().some((action) => TAGGING.test(action)) && !CONDITION_ON_TAGS.test(JSON.stringify(Condition ?? {})));
  if (!open) return;
  throw new Error(`whoever assumes role '${role.node.path}' may tag the session (sts:TagSession), and so choose their clearance: give that statement a condition on `
    + `aws:RequestTag/${CLEARANCE} or aws:TagKeys, or take sts:TagSession out`);
}

interface TrustStatement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Condition?: object;
}

const TAGGING = /^(\*|sts:(\*|TagSession|Tag\*))$/i;
const CONDITION_ON_TAGS = new RegExp(`aws:(RequestTag/${CLEARANCE}|TagKeys)`, 'i');

/** Lets whoever assumes a role tag the session, with one of the clearances that there are and with nothing else. */
function withClearance(principal: iam.PrincipalBase): iam.IPrincipal {
  return new TaggingPrincipal(principal, {
    'StringEqualsIfExists': { [`aws:RequestTag/${CLEARANCE}`]: CLASSES },
    'ForAllValues:StringEquals': { 'aws:TagKeys': [CLEARANCE] },
  });
}

/**
 * A principal that assumes a role and may tag its session: two statements, since not every session has tags.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
class TaggingPrincipal extends iam.PrincipalBase {
  public readonly assumeRoleAction: string;

  constructor(private readonly principal: iam.PrincipalBase, private readonly tagConditions: { [operator: string]: unknown }) {
    super();
    this.assumeRoleAction = principal.assumeRoleAction;
  }

  public get policyFragment(): iam.PrincipalPolicyFragment {
    return this.principal.policyFragment;
  }

  public dedupeString(): string | undefined {
    return undefined;
  }

  public addToAssumeRolePolicy(document: iam.PolicyDocument): void {
    document.addStatements(
      new iam.PolicyStatement({ sid: 'Assume', actions: [this.assumeRoleAction], principals: [this.principal] }),
      new iam.PolicyStatement({ sid: 'Clearance', actions: ['sts:TagSession'], principals: [this.principal], conditions: this.tagConditions }),
    );
  }
}
