import { Stack, StackProps } from 'aws-cdk-lib';
import { AuditedDataEvents, DataLakeAccelerator, IAuditLogs } from 'cdk-datalake-accelerator';
import { Construct } from 'constructs';
import { TRAIL_NAME } from './names';

export interface ProdStackProps extends StackProps {
  /** The log bucket of the security account. */
  readonly logs: IAuditLogs;
}

/** In the production account: the lake, its alarms, and the trail of who did what. */
export class ProdStack extends Stack {
  public readonly lake: DataLakeAccelerator;

  constructor(scope: Construct, id: string, props: ProdStackProps) {
    super(scope, id, props);
    this.lake = new DataLakeAccelerator(this, 'Lake', {
      tables: [
        { name: 'orders', schema: { order_id: 'string', ordered_at: 'timestamp', amount: 'decimal(12,2)' } },
        { name: 'customers', schema: { customer_id: 'string', city: 'string' } },
      ],
      monitoring: {},
      audit: { logs: props.logs, trailName: TRAIL_NAME, dataEvents: AuditedDataEvents.ALL },
    });
  }
}
