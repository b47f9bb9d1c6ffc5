import * as path from 'path';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { StagedAsset } from '../private/staged-asset';

/** Where the script of a Glue job is, once it is bound to an app. */
export interface JobScriptConfig {
  /** The bucket that holds the script. */
  readonly bucket: s3.IBucket;

  /** The script's key in the bucket. */
  readonly objectKey: string;
}

/**
 * The Python script that a Glue job runs.
 *
 * @example
 * declare const scripts: s3.IBucket;
 * const table: TableDefinition = { name: 'orders', script: JobScript.fromBucket(scripts, 'jobs/orders.py') };
 */
export abstract class JobScript {
  /**
   * A script on this machine, uploaded by `cdk deploy`.
   *
   * @param filePath path of the `.py` file
   */
  public static fromAsset(filePath: string): JobScript {
    return new AssetScript(filePath);
  }

  /**
   * A script that is in a bucket already.
   *
   * @param bucket the bucket
   * @param objectKey the script's key in it
   */
  public static fromBucket(bucket: s3.IBucket, objectKey: string): JobScript {
    return new BucketScript(bucket, objectKey);
  }

  /** Called by the construct that makes the job. */
  public abstract bind(scope: Construct): JobScriptConfig;
}

class AssetScript extends JobScript {
  constructor(private readonly filePath: string) {
    super();
    if (path.extname(filePath) !== '.py') throw new Error(`script "${filePath}" is not a Python file: give the path of a .py file`);
  }

  public bind(scope: Construct): JobScriptConfig {
    const { bucket, objectKey } = new StagedAsset(scope, 'Script', { path: this.filePath });
    return { bucket, objectKey };
  }
}

class BucketScript extends JobScript {
  constructor(private readonly bucket: s3.IBucket, private readonly objectKey: string) {
    super();
    if (!objectKey.endsWith('.py')) throw new Error(`script key "${objectKey}" is not a Python file: give the key of a .py object`);
  }

  public bind(_scope: Construct): JobScriptConfig {
    return { bucket: this.bucket, objectKey: this.objectKey };
  }
}
