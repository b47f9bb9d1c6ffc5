import { awscdk, javascript, JsonPatch } from 'projen';

const CDK_VERSION = '2.257.0';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-datalake-accelerator',
  description: 'A governed data lake as one CDK construct, that also runs whole on a laptop, without Docker or an AWS account',
  keywords: ['data-lake', 'glue', 'athena', 's3', 'etl', 'local', 'emulator'],
  author: 'The cdk-datalake-accelerator authors',
  authorOrganization: true,
  authorAddress: 'maintainers@cdk-datalake-accelerator.dev',
  repositoryUrl: 'https://github.com/cdk-datalake-accelerator/cdk-datalake-accelerator.git',
  license: 'Apache-2.0',
  copyrightOwner: 'The cdk-datalake-accelerator authors',
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,
  projenrcTs: true,
  projenVersion: '0.103.25',

  // Versions that are known to work together: see DESIGN. Pinned exactly.
  cdkVersion: CDK_VERSION,
  cdkVersionPinning: false,
  constructsVersion: '10.5.1',
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '20',

  devDeps: [
    'aws-cdk@2.1148.1',
    'cdk-nag@3.0.2',
    '@aws-cdk/integ-runner@2.197.10',
    '@aws-cdk/integ-tests-alpha@2.245.0-alpha.0',
  ],

  bin: { lake: 'bin/lake' },

  publishToPypi: {
    distName: 'cdk-datalake-accelerator',
    module: 'cdk_datalake_accelerator',
  },

  // Our own tasks and folders: no discovery of handlers or integration tests by file name.
  lambdaAutoDiscover: false,
  integrationTestAutoDiscover: false,
  experimentalIntegRunner: false,
  sampleCode: false,
  docgen: true,
  depsUpgrade: false,
  pullRequestTemplate: false,

  jestOptions: {
    jestVersion: '^30',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: {
      roots: ['<rootDir>/src', '<rootDir>/test'],
    },
  },

  gitignore: [
    '.lake/', 'cdk.out/', '*.pyc', '__pycache__/', '.pytest_cache/', '.ruff_cache/', '.DS_Store',
    'spark-warehouse/', 'metastore_db/', 'derby.log', 'lambda-layers/dist/',
  ],
  npmignore: [
    '/examples/', '/bench/', '/integ/', '/.ci/', '/.projenrc.ts', '/docs/', '/.lake/', '/pyproject.toml',
    '**/tests/', '**/__pycache__/', '*.pyc', '.pytest_cache/', '.ruff_cache/', 'lambda-layers/dist/', '/requirements-dev.*',
  ],
});

project.synth();
