import * as fs from 'fs';
import * as path from 'path';
import { EXPECTED, packageFor, resourceCounts, ROOT, run, temporaryDirectory } from './support';

jest.setTimeout(600_000);

const APP = `
import aws_cdk as cdk
from cdk_datalake_accelerator import DataLakeAccelerator, TableDefinition

app = cdk.App(outdir="cdk.out")
DataLakeAccelerator(cdk.Stack(app, "Company"), "Lake", tables=[TableDefinition(name="orders"), TableDefinition(name="customers")])
app.synth()
`;

test('the wheel, installed in a fresh environment, synthesizes the same lake', () => {
  const project = temporaryDirectory('wheel');
  try {
    const wheel = packageFor('python', '.whl', path.join(project, 'dist'));
    const python = run(process.execPath, [path.join(ROOT, 'bin', 'python-env.js'), 'dev'], { cwd: ROOT }).trim();
    run(python, ['-m', 'venv', 'venv'], { cwd: project });
    const interpreter = path.join(project, 'venv', 'bin', 'python');
    const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'node_modules/aws-cdk-lib/package.json'), 'utf8'));
    run(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wheel, `aws-cdk-lib==${version}`], { cwd: project });
    fs.writeFileSync(path.join(project, 'app.py'), APP);
    run(interpreter, ['app.py'], { cwd: project });
    expect(resourceCounts(path.join(project, 'cdk.out', 'Company.template.json'))).toMatchObject(EXPECTED);
  } finally {
    fs.rmSync(project, { recursive: true, force: true });
  }
});
