import * as fs from 'fs';
import * as path from 'path';
import { ROOT, artifact, run, temporaryDirectory } from './support';

jest.setTimeout(900_000);

const EXAMPLE = path.join(ROOT, 'examples', 'olist');
const CDK = JSON.parse(fs.readFileSync(path.join(ROOT, 'node_modules/aws-cdk-lib/package.json'), 'utf8')).version as string;
const VERSION = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version as string;
const CONTEXT = {
  ...JSON.parse(fs.readFileSync(path.join(EXAMPLE, 'cdk.json'), 'utf8')).context,
  // As the CDK's command line has it, but for the version's report: it names the language.
  'aws:cdk:enable-path-metadata': true,
  'aws:cdk:enable-asset-metadata': true,
  'aws:cdk:version-reporting': false,
};

/** What an app made: its template, and the ids of its assets, which are hashes of their contents. */
interface Lake {
  readonly template: any;
  readonly assets: string[];
}

const folders: string[] = [];

/** An empty folder for one language, with the parts of the example that are no CDK app. */
function emptyFolder(language: string): { folder: string; output: string; env: NodeJS.ProcessEnv } {
  const folder = temporaryDirectory(language);
  folders.push(folder);
  const output = path.join(folder, 'cdk.out');
  fs.cpSync(path.join(EXAMPLE, 'lambda'), path.join(folder, 'lambda'), { recursive: true });
  return { folder, output, env: { CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify(CONTEXT), JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' } };
}

function lakeIn(output: string): Lake {
  const read = (name: string) => JSON.parse(fs.readFileSync(path.join(output, name), 'utf8'));
  return { template: read('OlistLake.template.json'), assets: Object.keys(read('OlistLake.assets.json').files).sort() };
}

/** npm's way: the tarball, and what npm installs with it. */
function installFromNpm(folder: string): void {
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', artifact('js'), `aws-cdk-lib@${CDK}`, '@types/node@^20', 'typescript@~5.9'], { cwd: folder });
}

/** What an ES module gets by name, and which services' constructs are loaded before an app has used any of ours. */
function loadedBy(folder: string): { asModule: string; unused: string[] } {
  const module = "import { DataLakeAccelerator, Persona } from 'cdk-datalake-accelerator'; console.log(typeof DataLakeAccelerator, Persona.STEWARD);";
  const script = "require('cdk-datalake-accelerator'); console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file.includes('/aws-cdk-lib/aws-'))));";
  return {
    asModule: run(process.execPath, ['--input-type=module', '-e', module], { cwd: folder }).trim(),
    unused: JSON.parse(run(process.execPath, ['-e', script], { cwd: folder })),
  };
}

const languages: Record<string, () => Lake> = {
  TypeScript() {
    const { folder, output, env } = emptyFolder('typescript');
    installFromNpm(folder);
    for (const file of ['app.ts', 'tables.ts']) fs.copyFileSync(path.join(EXAMPLE, file), path.join(folder, file));
    const tsc = path.join('node_modules', 'typescript', 'bin', 'tsc');
    run(process.execPath, [tsc, '--strict', '--module', 'commonjs', '--target', 'es2022', '--outDir', '.', 'app.ts'], { cwd: folder });
    run(process.execPath, ['app.js'], { cwd: folder, env });
    return lakeIn(output);
  },

  // The example as the package brings it: compiled, run where it was installed.
  JavaScript() {
    const { folder, output, env } = emptyFolder('javascript');
    installFromNpm(folder);
    expect(loadedBy(folder)).toEqual({ asModule: 'function steward', unused: [] });
    run(process.execPath, [path.join('node_modules', 'cdk-datalake-accelerator', 'examples', 'olist', 'run.js')], { cwd: folder, env });
    return lakeIn(output);
  },

  Python() {
    const { folder, output, env } = emptyFolder('python');
    const base = run(process.execPath, [path.join(ROOT, 'bin', 'python-env.js'), 'dev'], { cwd: ROOT }).trim();
    run(base, ['-m', 'venv', 'venv'], { cwd: folder });
    const python = path.join(folder, 'venv', 'bin', 'python');
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', artifact('python'), `aws-cdk-lib==${CDK}`], { cwd: folder });
    run(python, ['-m', 'pip', 'check'], { cwd: folder });
    fs.cpSync(path.join(EXAMPLE, 'python'), path.join(folder, 'python'), { recursive: true });
    run(python, [path.join('python', 'app.py')], { cwd: folder, env });
    return lakeIn(output);
  },

  Java() {
    const { folder, output, env } = emptyFolder('java');
    const project = path.join(folder, 'java');
    fs.cpSync(path.join(EXAMPLE, 'java'), project, { recursive: true, filter: (source) => path.basename(source) !== 'target' });
    // Maven Central has it once it is released: until then this folder is the repository.
    const pom = path.join(project, 'pom.xml');
    const repository = `<repositories><repository><id>packed</id><url>file://${path.join(ROOT, 'dist', 'java')}</url></repository></repositories>`;
    fs.writeFileSync(pom, fs.readFileSync(pom, 'utf8').replace('<dependencies>', `${repository}<dependencies>`));
    // Maven keeps what it has seen of a version: not from an earlier run, and not for later ones.
    const maven = (...args: string[]) => run('mvn', ['-q', '-B', ...args], { cwd: project, env });
    // Into a file: what Maven prints has colours even where nobody looks.
    const answer = path.join(folder, 'local-repository');
    maven('help:evaluate', '-Dexpression=settings.localRepository', `-Doutput=${answer}`);
    const kept = path.join(fs.realpathSync(fs.readFileSync(answer, 'utf8').trim()), 'io', 'github', 'cdk-datalake-accelerator');
    fs.rmSync(kept, { recursive: true, force: true });
    try {
      maven(`-Dlake.version=${VERSION}`, 'compile', 'exec:java');
    } finally {
      fs.rmSync(kept, { recursive: true, force: true });
    }
    return lakeIn(output);
  },
};

/** Where two values differ first, as a path into them. */
function firstDifference(one: any, other: any, at = ''): string | undefined {
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') {
    return one === other ? undefined : `${at}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`;
  }
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const found = firstDifference(one[key], other[key], `${at}/${key}`);
    if (found) return found;
  }
  return undefined;
}

afterAll(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));

describe('the Olist lake, of what each language installs in an empty folder', () => {
  const made: Record<string, Lake> = {};

  test.each(Object.keys(languages))('%s synthesizes it', (language) => {
    made[language] = languages[language]();
    expect(Object.values<{ Type: string }>(made[language].template.Resources).filter(({ Type }) => Type === 'AWS::Glue::Database')).toHaveLength(4);
    // Two job scripts and their modules, two handlers, the check of arrivals, the warehouse's functions, two layers, what empties buckets and what
    // closes the default security group, the template, and no more.
    expect(made[language].assets).toHaveLength(12);
  });

  test.each(Object.keys(languages).slice(1))('%s: the same template and the same assets as from TypeScript', (language) => {
    expect(firstDifference(made.TypeScript.template, made[language].template)).toBeUndefined();
    expect(made[language].assets).toEqual(made.TypeScript.assets);
  });
});
