import { awscdk, JsonFile, javascript } from 'projen';
import { secureWorkflows } from './projenrc/workflows';

const CDK_VERSION = '2.257.0';

/** The example app as the npm package has it. */
const COMPILED_EXAMPLES = ['examples/olist/app.js', 'examples/olist/tables.js'];

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

  // The oldest version that the library supports: tests run with it. The newest integ-runner and cdk-nag that accept it are pinned below.
  cdkVersion: CDK_VERSION,
  cdkVersionPinning: false,
  constructsVersion: '10.5.1',
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '20',

  devDeps: [
    // CPython 3.14 as an npm package: compiles the layers' bytecode for Lambda's newest runtime on any machine.
    'pyodide@314.0.7',
    'aws-cdk@2.1148.1',
    'cdk-nag@3.0.2',
    '@aws-cdk/integ-runner@2.197.10',
    '@aws-cdk/integ-tests-alpha@2.245.0-alpha.0',
    // CloudFormation's rules of what replaces a resource: of the service specification that this CDK is made from.
    '@aws-cdk/cloudformation-diff@2.186.0',
    // What Lambda's Node runtime brings along: the assertions of the integration tests use it on the embedded cloud.
    ...['athena', 'glue', 's3', 'sqs'].map((client) => `@aws-sdk/client-${client}@^3`),
  ],

  bin: { lake: 'bin/lake' },
  autoDetectBin: false,

  // The newest that runs on Node 20.
  bumpPackage: 'commit-and-tag-version@^12',

  // npm and PyPI know the release workflow itself: there is no token to steal. Maven Central has tokens only.
  npmTrustedPublishing: true,
  publishToPypi: {
    distName: 'cdk-datalake-accelerator',
    module: 'cdk_datalake_accelerator',
    trustedPublishing: true,
  },
  publishToMaven: {
    javaPackage: 'io.github.cdkdatalakeaccelerator',
    mavenGroupId: 'io.github.cdk-datalake-accelerator',
    mavenArtifactId: 'cdk-datalake-accelerator',
    mavenServerId: 'central-ossrh',
  },

  // Our own tasks and folders: no discovery of handlers or integration tests by file name.
  lambdaAutoDiscover: false,
  integrationTestAutoDiscover: false,
  experimentalIntegRunner: false,
  sampleCode: false,
  docgen: true,
  depsUpgrade: false,
  pullRequestTemplate: false,
  // A pull request is built with read rights, from the lock file: what it changes by building fails, and is not pushed.
  buildWorkflowOptions: { mutableBuild: false },

  jestOptions: {
    jestVersion: '^30',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: {
      roots: ['<rootDir>/src', '<rootDir>/test'],
      setupFiles: ['<rootDir>/test/setup.ts'],
      // Of tests that wait for a process: as long as one takes on a busy machine.
      testTimeout: 120_000,
    },
  },

  eslintOptions: { dirs: ['src'], devdirs: ['test', 'integ', 'examples'] },

  gitignore: [
    '.lake/', 'cdk.out/', '*.pyc', '__pycache__/', '.pytest_cache/', '.ruff_cache/', '.DS_Store',
    'spark-warehouse/', 'metastore_db/', 'derby.log', 'lambda-layers/dist/', ...COMPILED_EXAMPLES.map((name) => `/${name}`),
    // Of a snapshot, the templates: what the assets hold is in the source, and differs from machine to machine.
    '/integ/*.snapshot/asset.*', '/integ/*.snapshot/tree.json', '/integ/cdk-integ.out.*',
  ],
});

// Where the unit tests say that built layers are: nowhere. After projen's own word about test/.
project.gitignore.exclude('/test/no-built-layers/');

// What users install: the library, and what `lake` runs. Not the tests, benchmarks and tooling of the repository.
for (const pattern of [
  '/bench/', '/integ/', '/rosetta/', '/docs/', '/.ci/', '/.lake/', '/pyproject.toml', '/tsconfig.check.json',
  '/CONTRIBUTING.md', '/SECURITY.md', '/CHANGELOG.md', '/bin/dev.js', '/bin/dev/', '/bin/package.js', '/bin/wheel/', '/examples/tsconfig.json', '/examples/olist/java/target/', '/examples/two-accounts/', '/local/*.in', '/local/requirements-dev.lock', '/local/requirements-release.lock', '/local/requirements-audit.lock', '/local/requirements-clients.lock', '/projenrc/',
  'tests/', '__pycache__/', '*.pyc', '.pytest_cache/', '.ruff_cache/', 'cdk.out/',
  // What the layers are built from; the layers themselves are in the package.
  '/lambda-layers/numpy/', '/lambda-layers/pandas/', '/lambda-layers/compile.mjs', '/lambda-layers/README.md',
]) {
  project.npmignore?.exclude(pattern);
}
project.npmignore?.include('/lambda-layers/dist/');

// Later ones name builds for platforms that are not published, and `npm ci` refuses the lock file.
project.package.addField('overrides', { 'unrs-resolver': '1.11.1' });

// These commands work in a fresh clone, before anything is installed: they start without projen.
for (const command of ['test', 'soak', 'matrix', 'demo', 'integ', 'bench', 'package']) project.setScript(command, `node bin/dev.js ${command}`);
project.testTask.reset('node bin/dev.js test', { receiveArgs: true });

project.addTask('lock:python', {
  description: 'Lock the Python packages of lake and of the tests, with hashes, for Python 3.11-3.13 (needs uv)',
  cwd: 'local',
  steps: Object.entries({
    'requirements': '-c requirements.lock',
    'requirements-dev': '-c requirements.lock',
    'requirements-release': '',
    'requirements-audit': '',
    'requirements-clients': '',
  }).map(([name, constraints]) => ({
    exec: `uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header ${name}.in ${constraints} -o ${name}.lock`,
  })),
});

// One program of all TypeScript and JavaScript, for the type check and for the rules of eslint that need types.
new JsonFile(project, 'tsconfig.check.json', {
  obj: {
    extends: './tsconfig.json',
    compilerOptions: { noEmit: true, rootDir: '.', allowJs: true, checkJs: true, paths: { 'cdk-datalake-accelerator': ['./src'] } },
    include: ['**/*.ts', '**/*.js', '**/*.mjs', '.projenrc.ts'],
    exclude: ['node_modules', 'lib', 'dist', 'coverage', '**/.lake', '**/cdk.out', 'integ/*.snapshot', 'integ/cdk-integ.out.*', ...COMPILED_EXAMPLES],
  },
});
const eslint = project.tryFindObjectFile('.eslintrc.json');
eslint?.addOverride('parserOptions', { ecmaVersion: 2022, sourceType: 'module', projectService: false, project: './tsconfig.check.json' });
eslint?.addOverride('ignorePatterns', [
  'node_modules/', '*.d.ts', '/lib/', '/dist/', 'coverage/', '.lake/', 'cdk.out/', '/integ/*.snapshot/', '/integ/cdk-integ.out.*', '!.projenrc.ts',
  ...COMPILED_EXAMPLES.map((name) => `/${name}`),
]);
project.eslint?.addRules({ complexity: ['error', 15] });
// The package's own name is resolved by run.js, and by the paths of tsconfig.json.
project.eslint?.addOverride({ files: ['examples/**/*.ts'], rules: { 'import/no-unresolved': 'off' } });
// What runs before anything is compiled is CommonJS.
project.eslint?.addOverride({ files: ['*.js'], rules: { '@typescript-eslint/no-require-imports': 'off' } });
for (const files of ['lambda-layers/*.mjs', 'bin/dev/*.js']) project.eslint?.allowDevDeps(files);

// The installed package has no TypeScript: `lake demo` runs the example as compiled here.
// As aws-cdk-lib does: what an app does not use is not loaded.
project.compileTask.reset('node bin/dev/compile.js');
// One way of making what users install: with the layers, and our own `lake` in the wheel.
project.tasks.tryFind('package-all')?.reset('node bin/package.js');
for (const target of ['js', 'python', 'java']) project.tasks.tryFind(`package:${target}`)?.reset(`node bin/package.js ${target}`);

secureWorkflows(project);

const compileExamples = project.addTask('compile:examples', {
  description: 'Compile the example app for the npm package',
  exec: 'tsc --ignoreConfig --noCheck --noResolve --module node16 --target es2022 examples/olist/app.ts examples/olist/tables.ts',
});
project.postCompileTask.spawn(compileExamples);

for (const folder of ['integ', 'examples']) {
  new JsonFile(project, `${folder}/tsconfig.json`, {
    obj: {
      extends: '../tsconfig.json',
      compilerOptions: { noEmit: true, rootDir: '..', paths: { 'cdk-datalake-accelerator': ['../src'] } },
      include: ['**/*.ts'],
      exclude: ['**/*.snapshot', '**/cdk.out'],
    },
  });
}

project.synth();
