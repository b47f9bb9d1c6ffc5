/**
 * A lake with personas, a classified stream and a classified table. A function is the broker that signs people in: it becomes a persona with a
 * clearance and calls S3. Who is cleared reads, who is not is denied, and the lake's own function and job carry the class from zone to zone.
 */
import * as path from 'path';
import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack, aws_lambda as lambda } from 'aws-cdk-lib';
import { LakeAssertions } from './lake-assertions';
import { testLayers } from './test-layers';
import { DataClassification, DataLakeAccelerator, Persona, PersonaTrust, WorkflowStart } from '../src';

const { PROPRIETARY, RESTRICTED, SECRET } = DataClassification;
const TAG = `data-classification=${SECRET}`;

const app = new App();
const stack = new Stack(app, 'PersonasInteg');
const broker = new lambda.Function(stack, 'Broker', {
  code: lambda.Code.fromAsset(path.join(__dirname, 'functions', 'as_persona'), { exclude: ['__pycache__'] }),
  handler: 'index.handler',
  runtime: lambda.Runtime.PYTHON_3_13,
  timeout: Duration.seconds(30),
});
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: [
    { name: 'orders', schema: { order_id: 'string' } },
    { name: 'salaries', schema: { person: 'string', salary: 'int' }, classification: SECRET },
  ],
  zones: [{ name: 'drop', dataStreams: [{ name: 'badges', classification: SECRET }] }, { name: 'raw' }, { name: 'sandbox', standalone: true }],
  personas: { trust: PersonaTrust.broker(broker.role!.roleArn) },
  layers: testLayers(stack),
  start: WorkflowStart.onDemand(),
  ephemeral: true,
});
const [drop, raw] = ['drop', 'raw'];
for (const zone of [drop, raw]) broker.addEnvironment(`BUCKET_${zone}`, lake.zone(zone).bucket.bucketName);
for (const persona of Object.values(Persona)) broker.addEnvironment(`ROLE_${persona}`, lake.personas!.role(persona).roleArn);
const BADGES = 'streams/badges/one.csv';
const SALARIES = 'tables/salaries/2018.csv';

const assertions = new LakeAssertions(new IntegTest(app, 'Personas', { testCases: [stack], diffAssets: false }));

/** Sees what S3 answers a persona. */
function sees(
  persona: Persona, clearance: DataClassification, operation: string, bucket: string, parameters: { [name: string]: string }, answer: string,
) {
  assertions.asks(broker, { persona, clearance, operation, bucket, parameters }, answer);
}

sees(Persona.ENGINEER, SECRET, 'put_object', drop, { Key: BADGES, Body: 'Person,Door\nann,4\n' }, 'AccessDenied');
sees(Persona.ENGINEER, RESTRICTED, 'put_object', drop, { Key: BADGES, Body: 'Person,Door\nann,4\n', Tagging: TAG }, 'AccessDenied');
sees(Persona.ENGINEER, SECRET, 'put_object', drop, { Key: BADGES, Body: 'Person,Door\nann,4\n', Tagging: TAG }, 'done');
sees(Persona.ENGINEER, SECRET, 'put_object', drop, { Key: SALARIES, Body: 'person,salary\nann,7\n', Tagging: TAG }, 'done');

// The stream's function has taken it on: who is cleared sees it there, and nobody else does.
sees(Persona.SCIENTIST, SECRET, 'get_object', raw, { Key: BADGES }, 'person,door\nann,4\n');
sees(Persona.SCIENTIST, RESTRICTED, 'get_object', raw, { Key: BADGES }, 'AccessDenied');
sees(Persona.STEWARD, PROPRIETARY, 'get_object', raw, { Key: BADGES }, 'AccessDenied');
sees(Persona.ANALYST, SECRET, 'get_object', drop, { Key: BADGES }, 'AccessDenied');
sees(Persona.SCIENTIST, SECRET, 'put_object', drop, { Key: BADGES, Body: '', Tagging: TAG }, 'AccessDenied');

assertions.startsWorkflow(lake.catalog.workflow).seesWorkflowEnd(lake.catalog.workflow, 2);
sees(Persona.ENGINEER, SECRET, 'list_objects_v2', raw, { Prefix: 'tables/salaries/' }, 'done');
sees(Persona.ENGINEER, PROPRIETARY, 'list_objects_v2', raw, { Prefix: 'tables/salaries/' }, 'AccessDenied');
sees(Persona.ENGINEER, PROPRIETARY, 'list_objects_v2', raw, { Prefix: 'tables/orders/' }, 'done');

assertions.seesDeadLetters(lake.deadLetterQueue.queue, 0);
