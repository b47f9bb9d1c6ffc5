import { CfnResource } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { StagedAsset, StagedAssetProps } from './staged-asset';

/** The code of one function or layer: a folder or a zip file, as `lambda.Code.fromAsset` takes it. */
export class StagedCode extends lambda.Code {
  public readonly isInline = false;
  private asset?: StagedAsset;

  constructor(private readonly props: StagedAssetProps) {
    super();
  }

  public bind(scope: Construct): lambda.CodeConfig {
    const asset = new StagedAsset(scope, 'Code', { deployTime: true, ...this.props });
    if (!asset.isZipArchive) throw new Error(`code "${this.props.path}" is neither a folder nor a zip file: give one of the two`);
    this.asset = asset;
    return { s3Location: { bucketName: asset.bucketName, objectKey: asset.objectKey } };
  }

  public bindToResource(resource: CfnResource, { resourceProperty = 'Code' }: lambda.ResourceBindOptions = {}): void {
    this.asset?.addResourceMetadata(resource, resourceProperty);
  }
}
