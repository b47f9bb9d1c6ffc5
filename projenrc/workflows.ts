import { YamlFile } from 'projen';
import type { awscdk } from 'projen';

/** The commits of the actions' releases that projen names by a tag, which can be moved. projen pins the others itself. */
const CHECKOUT = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1';
const SETUP_NODE = 'actions/setup-node@820762786026740c76f36085b0efc47a31fe5020'; // v7.0.0
const SETUP_PYTHON = 'actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97'; // v7.0.0
const SETUP_JAVA = 'actions/setup-java@b6effb05e454b25005698d916606bdc6ffcbf961'; // v5.7.0

const NODE = { name: 'Setup Node.js', uses: SETUP_NODE, with: { 'node-version': '20' } };
const PYTHON = { name: 'Setup Python', uses: SETUP_PYTHON, with: { 'python-version': '3.11' } };

/** The folders with a package-lock.json. */
const AUDITED = ['.', 'projenrc/publib'];

/** Pins what the workflows run, gives the release its locked tools, and adds the scheduled workflows. */
export function secureWorkflows(project: awscdk.AwsCdkConstructLibrary): void {
  project.github?.actions.set('actions/setup-node@v7.0.0', SETUP_NODE);
  project.github?.actions.set('actions/setup-python@v7.0.0', SETUP_PYTHON);
  project.github?.actions.set('actions/setup-java@v6.0.0', SETUP_JAVA);
  // The upgrade guard looks at the last release, or the commit before.
  const build = project.tryFindObjectFile('.github/workflows/build.yml');
  build?.addOverride('jobs.build.steps.0.with.fetch-depth', 0);
  build?.addOverride('jobs.build.permissions.contents', 'read');
  build?.addOverride('jobs.package-python.steps.1.with.python-version', '3.11');
  lockRelease(project);
  scheduled(project, 'soak', '0 3 * * 6', [NODE, PYTHON, { name: 'Soak', run: 'npm run soak' }, { name: 'Access matrix', run: 'npm run matrix' }]);
  scheduled(project, 'audit', '0 4 * * 1', [
    NODE,
    PYTHON,
    { name: 'npm packages', run: AUDITED.map((folder) => `npm audit --package-lock-only --audit-level=high --prefix ${folder}`).join('\n') },
    {
      name: 'Python packages',
      run: [
        'python -m pip install --require-hashes --only-binary=:all: -r local/requirements-audit.lock',
        'for lock in requirements requirements-dev requirements-release requirements-clients; do python -m pip_audit --disable-pip --require-hashes -r local/$lock.lock; done',
      ].join('\n'),
    },
  ]);
}

/** Publishes with tools from the lock files, whose packages run no scripts when they are installed. */
function lockRelease(project: awscdk.AwsCdkConstructLibrary): void {
  const release = project.tryFindObjectFile('.github/workflows/release.yml');
  const publish = (registry: string, step: number, ...commands: string[]) => {
    release?.addOverride(`jobs.release_${registry}.env.NPM_CONFIG_IGNORE_SCRIPTS`, 'true');
    release?.addOverride(`jobs.release_${registry}.steps.${step}.run`, commands.join('\n'));
  };
  const publib = (registry: string, step: number) => publish(
    registry, step, 'npm ci --prefix .repo/projenrc/publib', `.repo/projenrc/publib/node_modules/.bin/publib-${registry}`,
  );
  // It builds and tests; the tag is made by the job that publishes to GitHub.
  release?.addOverride('jobs.release.permissions.contents', 'read');
  publib('npm', 9);
  // Trusted publishing needs npm 11.
  release?.addOverride('jobs.release_npm.steps.0.with.node-version', '24');
  publib('maven', 10);
  publish(
    'pypi', 10,
    'python -m pip install --require-hashes --only-binary=:all: -r .repo/local/requirements-release.lock',
    'python -m twine upload --non-interactive --skip-existing dist/python/*',
  );
  release?.addDeletionOverride('jobs.release_pypi.steps.10.env');
  release?.addOverride('jobs.release_pypi.steps.10.if', '${{ !inputs.dry_run }}');
  release?.addOverride('jobs.release_pypi.steps.1.with.python-version', '3.11');
}

/** Adds a workflow that runs once a week, with read rights. */
function scheduled(project: awscdk.AwsCdkConstructLibrary, name: string, cron: string, steps: object[]): void {
  new YamlFile(project, `.github/workflows/${name}.yml`, {
    obj: {
      name,
      on: { schedule: [{ cron }], workflow_dispatch: {} },
      jobs: {
        [name]: {
          'runs-on': 'ubuntu-latest',
          'permissions': { contents: 'read' },
          'timeout-minutes': 350,
          'steps': [{ name: 'Checkout', uses: CHECKOUT }, ...steps],
        },
      },
    },
  });
}
