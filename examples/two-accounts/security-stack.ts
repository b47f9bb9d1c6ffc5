import { Duration, Stack, StackProps } from 'aws-cdk-lib';
import { LakeAuditLogs } from 'cdk-datalake-accelerator';
import { Construct } from 'constructs';
import { LOG_BUCKET, PRODUCTION, TRAIL_NAME } from './names';

/** In the security account: where the production account's trail writes, out of reach of those who work there. */
export class SecurityStack extends Stack {
  public readonly logs: LakeAuditLogs;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.logs = new LakeAuditLogs(this, 'AuditLogs', {
      bucketName: LOG_BUCKET,
      trails: [{ ...PRODUCTION, trailName: TRAIL_NAME }],
      retention: Duration.days(730),
      objectLock: { retention: Duration.days(365) },
    });
  }
}
