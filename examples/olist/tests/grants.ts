// A lake with everything that the library grants on request: for test_permissions.py.
import { App, Stack, aws_iam as iam, aws_lambda as lambda } from 'aws-cdk-lib';
import { DataClassification, DataLakeAccelerator, JobScript, LakeFormation, LakeNetwork, PersonaTrust, PythonLayers } from '../../../src';

const stack = new Stack(new App(), 'Grants');
const role = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() });
const lake = new DataLakeAccelerator(stack, 'Lake', {
  tables: [{ name: 'orders', script: JobScript.fromAsset(`${__dirname}/../../../glue-assets/jobs/drop_to_raw.py`), job: { bookmarks: true }, classification: DataClassification.SECRET }],
  layers: PythonLayers.fromAwsSdkForPandas(stack, 'Layers', { runtime: lambda.Runtime.PYTHON_3_13 }),
  lakeFormation: LakeFormation.iamOnly(),
  network: new LakeNetwork(stack, 'Network').attachment(),
  monitoring: {},
  audit: {},
  personas: { trust: PersonaTrust.account(), clearances: { steward: DataClassification.SECRET }, groups: true },
});
lake.grantRead(role('Analyst'), { browse: true });
lake.grantWrite(role('Loader'), { zones: ['raw'], tables: ['orders'] });
lake.grantReadWrite(role('Scientist'), { zones: ['sandbox'], prefix: 'uploads/' });
lake.grantReadWrite(role('Engineer'));
