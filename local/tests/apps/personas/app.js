// @ts-check
// The lake in which test_personas.py tries the access matrix: a table of each class in each zone, whose objects the test puts there itself.
// Sessions bring their clearance along, as from an identity provider, which is the account's root user here.
const path = require('node:path');
const root = path.join(__dirname, '..', '..', '..', '..');
require('../../../../bin/dev/typescript.js');
const cdk = require('aws-cdk-lib');
const { DataClassification, Curation, DataLakeAccelerator, JobScript, PersonaTrust, WorkflowStart } = require(path.join(root, 'src'));

const app = new cdk.App();
const stack = new cdk.Stack(app, 'Personas');
const classes = Object.values(DataClassification);
const uploads = classes.map((name) => new cdk.aws_lambda.Function(stack, `Uploads-${name}`, {
  runtime: cdk.aws_lambda.Runtime.PYTHON_3_13,
  handler: 'index.handler',
  code: cdk.aws_lambda.Code.fromInline('def handler(event, context):\n    return {}\n'),
  timeout: cdk.Duration.seconds(10),
}));
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: classes.map((classification) => ({ name: `${classification}_table`, schema: { id: 'int', note: 'string' }, classification })),
  zones: [
    { name: 'drop', dataStreams: [] }, { name: 'raw', dataStreams: [] }, { name: 'curated' },
    { name: 'sandbox', standalone: true, dataStreams: classes.map((classification, index) => ({ name: classification, classification, function: uploads[index] })) },
    { name: 'vault', standalone: true, classification: DataClassification.PROPRIETARY, refuseUntagged: true },
  ],
  curations: classes.map((classification) => Curation.fromScript({
    tableName: `${classification}_summary`,
    script: JobScript.fromAsset(path.join(__dirname, '..', 'owned', 'totals.py')),
    requiredTables: [`${classification}_table`],
    classification,
  })),
  start: WorkflowStart.onDemand(),
  personas: { trust: PersonaTrust.broker(`arn:${stack.partition}:iam::${stack.account}:root`) },
  ephemeral: true,
});
for (const zone of lake.zones) new cdk.CfnOutput(stack, zone.zoneName, { value: zone.bucket.bucketName });
