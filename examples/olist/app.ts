import * as path from 'path';
import { App, CfnOutput, Duration, Stack, StackProps, aws_lambda as lambda } from 'aws-cdk-lib';
import { Curation, DataLakeAccelerator, LakeNetwork, PersonaTrust, Warehouse, WorkflowStart } from 'cdk-datalake-accelerator';
import { Construct } from 'constructs';
import { TABLES } from './tables';

/** A lake for an online market: four batch tables, two streams, and the performance of its sellers as the curated table, also in a warehouse. */
export class OlistStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const lake = new DataLakeAccelerator(this, 'Lake', {
      tables: TABLES,
      zones: [
        {
          name: 'drop',
          dataStreams: [
            // The library's own function: reads CSV, transforms it, writes CSV.
            { name: 'clickstream', suffix: '.csv' },
            // A function of the example's own: writes what an image's header says.
            { name: 'images', code: lambda.Code.fromAsset(path.join(__dirname, 'lambda', 'images'), { exclude: ['tests', '__pycache__'] }) },
          ],
        },
        { name: 'raw', dataStreams: [] },
        { name: 'curated' },
        { name: 'sandbox', standalone: true },
      ],
      curation: Curation.sellerPerformance(),
      // Four files make a batch, and fewer wait ten seconds at most: right for a demonstration. A lake that gets files all day
      // waits longer: see WorkflowStart.onNewData.
      start: WorkflowStart.onNewData({ batchSize: 4, batchWindow: Duration.seconds(10) }),
      // Four roles by job function. In a company an identity provider is trusted, and says who may see what.
      personas: { trust: PersonaTrust.account() },
      // Serverless: idle, it costs its storage and its key; loads and queries cost at most what eight RPU-hours a month do.
      warehouse: {
        network: new LakeNetwork(this, 'Network', { ephemeral: true }).attachment(),
        compute: Warehouse.serverless({ usageLimit: { rpuHours: 8 } }),
      },
      // Destroying the stack destroys the data too: right for a demonstration, and for nothing else.
      ephemeral: true,
    });

    for (const zone of lake.zones) {
      new CfnOutput(this, `${capitalized(zone.zoneName)}Bucket`, { value: zone.bucket.bucketName, description: `Bucket of zone ${zone.zoneName}` });
    }
    new CfnOutput(this, 'RawDatabase', { value: lake.catalog.databaseName('raw'), description: 'Glue database of the raw tables' });
    new CfnOutput(this, 'CuratedDatabase', { value: lake.catalog.databaseName('curated'), description: 'Glue database of the curated table' });
    new CfnOutput(this, 'WorkflowName', { value: lake.catalog.workflow.workflowName, description: 'Glue workflow from drop to curated' });
    new CfnOutput(this, 'WorkgroupName', { value: lake.workgroup.workgroupName, description: 'Athena workgroup' });
    new CfnOutput(this, 'WarehouseHost', { value: lake.warehouse!.host, description: 'Host of the Redshift warehouse' });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: lake.deadLetterQueue.queue.queueUrl, description: 'What could not be processed' });
  }
}

function capitalized(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

const app = new App();
new OlistStack(app, 'OlistLake', { description: 'Data lake of the Olist example' });
