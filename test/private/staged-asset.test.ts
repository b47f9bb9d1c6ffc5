import * as path from 'path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3_assets from 'aws-cdk-lib/aws-s3-assets';
import { NOT_SHIPPED, packagePath } from '../../src/private/paths';
import { StagedAsset, StagedAssetProps } from '../../src/private/staged-asset';
import { StagedCode } from '../../src/private/staged-code';

const FOLDER = packagePath('lambda', 'csv_to_next_zone');
const FILE = path.join(FOLDER, 'index.py');

/** Makes something of an asset in an app, and returns the app's template and manifest of assets. */
function synthesized(make: (stack: Stack) => unknown, context: { [name: string]: unknown } = {}): { template: any; files: any } {
  const app = new App({ context });
  const stack = new Stack(app, 'Test');
  make(stack);
  const assembly = app.synth();
  const manifest = assembly.artifacts.find(({ id }) => id === 'Test.assets') as any;
  const { files } = manifest.contents;
  return { template: Template.fromStack(stack).toJSON(), files: Object.entries<any>(files).filter(([, { source }]) => source.path !== 'Test.template.json') };
}

test.each<[string, StagedAssetProps]>([
  ['a folder', { path: FOLDER }],
  ['a folder without some files', { path: FOLDER, exclude: NOT_SHIPPED }],
  ['a file', { path: FILE }],
  ['a file whose hash is known', { path: FILE, assetHash: 'a'.repeat(64) }],
])('%s is uploaded as the CDK does it, and can be read as it says', (_, props) => {
  const use = (asset: { bucket: s3_assets.Asset['bucket']; objectKey: string }, stack: Stack) => {
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
    asset.bucket.grantRead(role, asset.objectKey);
    const known = Object.fromEntries(([
      'bucketName', 'bucketArn', 'bucketDomainName', 'bucketRegionalDomainName', 'bucketDualStackDomainName', 'bucketWebsiteUrl', 'bucketWebsiteDomainName',
    ] as const).map((name) => [name, asset.bucket[name]]));
    const [url, arn] = [asset.bucket.s3UrlForObject(asset.objectKey), asset.bucket.arnForObjects(asset.objectKey)];
    new CfnResource(stack, 'Use', { type: 'A::B::C', properties: { ...known, url, arn } });
  };
  const own = synthesized((stack) => use(new StagedAsset(stack, 'Asset', props), stack));
  const cdk = synthesized((stack) => {
    const { bucket, s3ObjectKey: objectKey } = new s3_assets.Asset(stack, 'Asset', props);
    use({ bucket, objectKey }, stack);
  });
  expect(own).toEqual(cdk);
});

test.each([{}, { 'aws:cdk:enable-asset-metadata': true }, { 'aws:cdk:enable-asset-metadata': true, 'aws:cdk:disable-asset-staging': true }])(
  'a function and a layer have the code that the CDK would give them: %j', (context) => {
    const use = (code: () => lambda.Code) => (stack: Stack) => {
      const layer = new lambda.LayerVersion(stack, 'Layer', { code: code() });
      new lambda.Function(stack, 'Function', { code: code(), layers: [layer], handler: 'index.handler', runtime: lambda.Runtime.PYTHON_3_13 });
    };
    expect(synthesized(use(() => new StagedCode({ path: FOLDER, exclude: NOT_SHIPPED })), context))
      .toEqual(synthesized(use(() => lambda.Code.fromAsset(FOLDER, { exclude: NOT_SHIPPED })), context));
  });

test('a file that is no archive is no code', () => {
  expect(() => synthesized((stack) => new lambda.LayerVersion(stack, 'Layer', { code: new StagedCode({ path: FILE }) })))
    .toThrow(`code "${FILE}" is neither a folder nor a zip file: give one of the two`);
});

test('the bucket has the key that the app encrypts its assets with', () => {
  const stack = new Stack(new App(), 'Test');
  const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234';
  jest.spyOn(stack.synthesizer, 'addFileAsset').mockReturnValue({ bucketName: 'assets', objectKey: 'x.py', httpUrl: '', s3ObjectUrl: '', kmsKeyArn: keyArn });
  const { bucket } = new StagedAsset(stack, 'Asset', { path: FILE });
  expect((bucket.encryptionKey as kms.IKey).keyArn).toBe(keyArn);
});
