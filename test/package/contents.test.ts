import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { LIMITS, ROOT, artifact, run, sizes, temporaryDirectory } from './support';

/** Everything that may be in the package, and nothing else. */
const ALLOWED = [
  /^(\.jsii|API\.md|LICENSE|README\.md|package\.json)$/,
  /^bin\/(lake|lake\.js|python-env\.js)$/,
  /^lib\/([a-z-]+\/)*[a-z0-9-]+\.(js|d\.ts)$/,
  /^lib\/\.warnings\.jsii\.js$/,
  // What runs in the lake.
  /^glue-assets\/(README\.md|jobs\/\w+\.py|lake_transforms\/\w+\.py|sql\/(athena|redshift)\/[a-z-]+\.sql)$/,
  /^lambda\/(csv_to_next_zone|arrival_check|aurora|macie_job|warehouse)\/\w+\.py$/,
  /^lambda-layers\/dist\/python3\.14-(arm64|x86_64)\/(numpy\.zip|pandas\.zip|layers\.json)$/,
  /^lambda-layers\/dist\/locks\/(numpy|pandas)\.txt$/,
  // The `lake` command, and its example.
  /^local\/requirements\.lock$/,
  /^local\/lake_local\/(\w+\/)*(\w+\.py|jars\.lock\.json|resourceless\.json|(setup|aws_s3)\.sql|style\.css)$/,
  /^examples\/olist\/(app|tables)\.(js|ts)$/,
  /^examples\/olist\/(cdk\.json|run\.js|answers\.py)$/,
  /^examples\/olist\/data\/(\w+\/)?\w+\.py$/,
  /^examples\/olist\/lambda\/images\/\w+\.py$/,
  /^examples\/olist\/python\/app\.py$/,
  /^examples\/olist\/java\/(pom\.xml|src\/main\/java\/olist\/OlistApp\.java)$/,
];

const NEEDED = [
  'bin/lake', 'lib/index.js', 'lib/index.d.ts', '.jsii', 'glue-assets/jobs/drop_to_raw.py', 'glue-assets/jobs/raw_to_curated.py',
  'glue-assets/lake_transforms/landing.py', 'lambda/arrival_check/index.py', 'lambda/csv_to_next_zone/index.py', 'local/lake_local/__main__.py', 'local/lake_local/cloud/warehouse/setup.sql', 'lambda/aurora/aurora_load.py',
  'local/lake_local/cloud/warehouse/aurora/aws_s3.sql', 'local/requirements.lock',
  'lambda-layers/dist/python3.14-arm64/numpy.zip', 'lambda-layers/dist/python3.14-arm64/pandas.zip',
  'lambda-layers/dist/python3.14-x86_64/numpy.zip', 'lambda-layers/dist/python3.14-x86_64/pandas.zip',
  'lambda-layers/dist/locks/numpy.txt', 'examples/olist/app.js', 'examples/olist/cdk.json', 'examples/olist/lambda/images/index.py',
];

const digest = (file: string) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

describe('the npm tarball', () => {
  const folder = temporaryDirectory('tarball');
  let files: string[];

  beforeAll(() => {
    run('tar', ['-xzf', artifact('js'), '-C', folder], { cwd: folder });
    files = fs.readdirSync(path.join(folder, 'package'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(path.join(folder, 'package'), path.join(entry.parentPath, entry.name)));
  });

  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('has only peer dependencies, and runs nothing at installation', () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package', 'package.json'), 'utf8'));
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
    expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });

  test('carries all that a lake needs', () => {
    expect(files).toEqual(expect.arrayContaining(NEEDED));
  });

  test('carries nothing else: no tests, no sources of layers, no tooling', () => {
    expect(files.filter((name) => !ALLOWED.some((allowed) => allowed.test(name)) || /(^|\/)test/.test(name))).toEqual([]);
  });
});

describe('wheel and jar', () => {
  test.each([
    ['python', /^cdk_datalake_accelerator\/_jsii\/.*\.tgz$/, [
      /^cdk_datalake_accelerator\/(__init__\.py|py\.typed|_jsii\/__init__\.py)$/,
      /^cdk_datalake_accelerator-[\d.]+\.data\/scripts\/lake$/,
      /^cdk_datalake_accelerator-[\d.]+\.dist-info\/(LICENSE|METADATA|WHEEL|RECORD|top_level\.txt|licenses\/LICENSE)$/,
    ]],
    ['java', /^io\/github\/cdkdatalakeaccelerator\/.*\.tgz$/, [
      /^io\/github\/cdkdatalakeaccelerator\/[\w$-]+\.(class|txt)$/,
      /^META-INF\/(MANIFEST\.MF|INDEX\.LIST|maven\/.*)$/,
    ]],
  ] as const)('%s: the same tarball, and the bindings', (target, tarball, bindings) => {
    const folder = temporaryDirectory(target);
    try {
      // With the standard library of Python, which is there as lake needs it: no unzip has to be.
      run('python3', ['-m', 'zipfile', '-e', artifact(target), folder], { cwd: folder });
      const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
      const [packed, ...more] = files.filter((name) => tarball.test(name));

      expect(more).toEqual([]);
      expect(digest(path.join(folder, packed))).toBe(digest(artifact('js')));
      expect(files.filter((name) => name !== packed && !bindings.some((allowed) => allowed.test(name)))).toEqual([]);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});

test.each(['js', 'python', 'java'] as const)('%s: small enough', (target) => {
  const { whole, rest } = sizes(target);
  process.stdout.write(`${path.basename(artifact(target))}: ${whole} bytes, ${rest} without the layers\n`);
  expect(whole).toBeLessThanOrEqual(LIMITS.whole);
  expect(rest).toBeLessThanOrEqual(LIMITS.rest);
  expect(LIMITS).toEqual({ whole: 64 * 1024 * 1024, rest: 3 * 1024 * 1024 });
});

test('Maven Central takes it: what it is, whose, under which license, with its sources and documentation', () => {
  const jar = artifact('java');
  const pom = fs.readFileSync(jar.replace(/\.jar$/, '.pom'), 'utf8');
  for (const element of ['name', 'description', 'url', 'license', 'developer', 'scm', 'groupId', 'artifactId', 'version']) {
    expect(pom).toMatch(new RegExp(`<${element}>\\s*[^<\\s]|<${element}>\\s*<\\w+>[^<]`));
  }
  for (const more of ['sources', 'javadoc']) expect(fs.existsSync(jar.replace(/\.jar$/, `-${more}.jar`))).toBe(true);
});

test('PyPI gets the wheel alone: pip would install the lake command of jsii from a source distribution', () => {
  expect(fs.readdirSync(path.join(ROOT, 'dist', 'python'))).toEqual([path.basename(artifact('python'))]);
});

test('the Python documentation has its examples in Python, and the README\'s TypeScript as TypeScript', () => {
  const read = (name: string) => run('python3', ['-c', 'import re, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); sys.stdout.write(next(z.read(n).decode() for n in z.namelist() if re.search(sys.argv[2], n)))',
    artifact('python'), name], { cwd: ROOT, env: { PYTHONIOENCODING: 'utf-8' } });
  expect(read('^cdk_datalake_accelerator/__init__')).toContain('DataLakeAccelerator(self, "Lake",');
  expect(read('METADATA$')).toMatch(/^```TypeScript app\.ts\nimport \{ App/m);
});
