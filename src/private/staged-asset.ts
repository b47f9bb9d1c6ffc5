import * as path from 'path';
import { AssetStaging, AssetStagingProps, CfnResource, Names, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as cxapi from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';

/** A file or folder of this machine, and what is left out of it. */
export interface StagedAssetProps extends Pick<AssetStagingProps, 'assetHash' | 'exclude' | 'ignoreMode'> {
  readonly path: string;
  /** Whether nothing reads it after the deployment. */
  readonly deployTime?: boolean;
}

/**
 * A file or folder that `cdk deploy` uploads, as `s3_assets.Asset` is.
 *
 * That one makes its bucket with an address as a website, for which the CDK loads what it knows of all regions: a tenth of the time of a synthesis.
 */
export class StagedAsset extends Construct {
  public readonly bucketName: string;
  public readonly objectKey: string;
  public readonly isZipArchive: boolean;
  private readonly stagedPath: string;
  private readonly encryptionKeyArn?: string;
  private _bucket?: s3.IBucket;

  constructor(scope: Construct, id: string, props: StagedAssetProps) {
    super(scope, id);
    const { path: source, deployTime, ...options } = props;
    const stack = Stack.of(this);
    const staging = new AssetStaging(this, 'Stage', { ...options, sourcePath: path.resolve(source) });
    this.stagedPath = staging.relativeStagedPath(stack);
    this.isZipArchive = staging.isArchive;
    const location = stack.synthesizer.addFileAsset({
      packaging: staging.packaging,
      sourceHash: staging.assetHash,
      fileName: this.stagedPath,
      deployTime,
      displayName: Names.stackRelativeConstructPath(this),
    });
    this.bucketName = location.bucketName;
    this.objectKey = location.objectKey;
    this.encryptionKeyArn = location.kmsKeyArn;
  }

  /** The bucket that it is uploaded to. */
  public get bucket(): s3.IBucket {
    this._bucket ??= new AssetBucket(this, 'AssetBucket', this.bucketName, this.encryptionKeyArn);
    return this._bucket;
  }

  /** Says in the template where the file is on this machine, for tools that run a function here. */
  public addResourceMetadata(resource: CfnResource, property: string): void {
    if (!this.node.tryGetContext(cxapi.ASSET_RESOURCE_METADATA_ENABLED_CONTEXT)) return;
    resource.addMetadata(cxapi.ASSET_RESOURCE_METADATA_PATH_KEY, this.stagedPath);
    resource.addMetadata(cxapi.ASSET_RESOURCE_METADATA_IS_BUNDLED_KEY, false);
    resource.addMetadata(cxapi.ASSET_RESOURCE_METADATA_PROPERTY_KEY, property);
  }
}

/** The bucket of all assets, which `cdk bootstrap` makes. */
class AssetBucket extends s3.BucketBase {
  public readonly bucketArn: string;
  public readonly encryptionKey?: kms.IKey;
  public readonly isWebsite = false;
  public policy?: s3.BucketPolicy = undefined;
  public replicationRoleArn?: string = undefined;
  public disallowPublicAccess = false;
  protected autoCreatePolicy = false;

  constructor(scope: Construct, id: string, public readonly bucketName: string, encryptionKeyArn?: string) {
    super(scope, id);
    this.bucketArn = this.stack.formatArn({ service: 's3', region: '', account: '', resource: bucketName });
    this.encryptionKey = encryptionKeyArn === undefined ? undefined : kms.Key.fromKeyArn(this, 'Key', encryptionKeyArn);
  }

  public get bucketDomainName(): string { return this.known.bucketDomainName; }
  public get bucketWebsiteUrl(): string { return this.known.bucketWebsiteUrl; }
  public get bucketWebsiteDomainName(): string { return this.known.bucketWebsiteDomainName; }
  public get bucketRegionalDomainName(): string { return this.known.bucketRegionalDomainName; }
  public get bucketDualStackDomainName(): string { return this.known.bucketDualStackDomainName; }

  /** The same bucket as the CDK knows it, with its addresses. */
  private get known(): s3.IBucket {
    const id = 'Addresses';
    return this.node.tryFindChild(id) as s3.IBucket | undefined ?? s3.Bucket.fromBucketName(this, id, this.bucketName);
  }
}
