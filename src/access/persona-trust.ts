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
      return needsMfa ? principal.withConditions({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }) : principal;
    });
  }

  /**
   * One principal that signs people in, such as the role of an access portal: it sets the tag `clearance` of each session. Whoever can act as this
   * principal chooses clearances, so let it be a role that nobody assumes by hand.
   *
   * @param arn ARN of a role
   */
  public static broker(arn: string): PersonaTrust {
    return new PersonaTrust(true, () => withClearance(new iam.ArnPrincipal(arn)));
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
