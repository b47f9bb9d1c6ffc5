import { createHash } from 'crypto';
import { Lazy, Names, Stack, Token } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { KEY_OF_LOGS, WILDCARDS } from './private/glue-role';
import { SharedPolicy } from './private/shared-policy';
import { keyRemoval } from '../private/ephemeral';
import { allowCloudWatchLogs } from '../private/log-key';

/**
 * Properties of `GlueSecurity`.
 *
 * @example
 * declare const key: kms.IKey;
 * const props: GlueSecurityProps = { encryptionKey: key };
 */
export interface GlueSecurityProps {
  /**
   * Key that encrypts the logs and bookmarks. CloudWatch Logs gets the right to use it for the log groups of this account under `/aws-glue/`;
   * the policy of an imported key cannot be changed here and must allow that already.
   *
   * @default - an own customer-managed key with rotation
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether the key goes with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/** A script or a zip of modules. */
interface SharedFile {
  readonly bucket: s3.IBucket;
  readonly objectKey: string;
}

/**
 * Encryption of what Glue writes beside the data: the logs of jobs and crawlers, and the bookmarks of jobs.
 *
 * It sets no S3 mode, because that would force one key over those of the zones.
 *
 * @example
 * const security = new GlueSecurity(this, 'Security');
 * new EtlJob(this, 'Report', { security, script: JobScript.fromAsset('jobs/report.py') });
 */
export class GlueSecurity extends Construct {
  /** The key of logs and bookmarks. */
  public readonly encryptionKey: kms.IKey;

  /** The security configuration. */
  public readonly securityConfiguration: glue.CfnSecurityConfiguration;

  /** Name of the security configuration. */
  public readonly securityConfigurationName: string;

  private readonly sharedKeys = new Set<string>();
  private _jobPolicy?: SharedPolicy;

  constructor(scope: Construct, id: string, props: GlueSecurityProps = {}) {
    super(scope, id);
    const key = props.encryptionKey ?? new kms.Key(this, 'Key', {
      description: 'Logs and bookmarks of Glue jobs and crawlers',
      enableKeyRotation: true,
      ...keyRemoval(props.ephemeral ?? false),
    });
    this.encryptionKey = key;
    allowCloudWatchLogs(this, key, { sid: 'GlueLogGroups', names: '/aws-glue/*' });

    const encryption: glue.CfnSecurityConfiguration.EncryptionConfigurationProperty = {
      cloudWatchEncryption: { cloudWatchEncryptionMode: 'SSE-KMS', kmsKeyArn: key.keyArn },
      jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'CSE-KMS', kmsKeyArn: key.keyArn },
    };
    this.securityConfiguration = new glue.CfnSecurityConfiguration(this, 'Configuration', {
      name: this.configurationName(key, encryption),
      encryptionConfiguration: encryption,
    });
    this.securityConfigurationName = this.securityConfiguration.ref;
  }

  /**
   * Lets a job's role do what all jobs do, whatever their data: write encrypted logs and metrics, read what all of them run.
   *
   * @internal
   */
  public _allowJob(role: iam.IRole): void {
    this.jobPolicy().attachTo(role);
  }

  /**
   * Lets all jobs read a file that all or most of them run.
   *
   * @internal
   */
  public _share({ bucket, objectKey }: SharedFile): void {
    if (this._isShared(objectKey)) return;
    this.sharedKeys.add(objectKey);
    this.jobPolicy().allow(['s3:GetObject'], [bucket.arnForObjects(objectKey)]);
  }

  /**
   * Whether all jobs may read a file.
   *
   * @internal
   */
  public _isShared(objectKey: string): boolean {
    return this.sharedKeys.has(objectKey);
  }

  private jobPolicy(): SharedPolicy {
    if (!this._jobPolicy) {
      this._jobPolicy = new SharedPolicy(this, 'JobPolicy', 'What Glue jobs do whatever their data', ...WILDCARDS);
      this._jobPolicy.allow(['glue:GetSecurityConfiguration'], ['*']);
      this._jobPolicy.allow(['cloudwatch:PutMetricData'], ['*'], { StringEquals: { 'cloudwatch:namespace': 'Glue' } });
      this.encryptionKey.grant(this._jobPolicy.grantee, ...KEY_OF_LOGS);
    }
    return this._jobPolicy;
  }

  /**
   * CloudFormation does not generate this name. Glue cannot update a configuration, so the name must be new whenever the content is: it has
   * the key's id in it, and a hash of any content but the usual one.
   */
  private configurationName(key: kms.IKey, usual: glue.CfnSecurityConfiguration.EncryptionConfigurationProperty): string {
    const keyId = Token.isUnresolved(key.keyId) ? key.keyId : key.keyId.replace(/[^A-Za-z0-9_-]/g, '-');
    const written = (value: unknown) => JSON.stringify(Stack.of(this).resolve(value));
    const name = `${Names.uniqueResourceName(this, { maxLength: 80, separator: '-' })}-${keyId}`;
    return Lazy.string({
      produce: () => {
        const content = written(this.securityConfiguration.encryptionConfiguration);
        return content === written(usual) ? name : `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 8)}`;
      },
    });
  }
}
