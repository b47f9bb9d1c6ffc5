import { spawn } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Baseline, templatesIn } from './baseline';
import { Templates } from './guard';

/** Apps as they were, on the library as it is: what users see when they upgrade. */
export class OldApps {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-upgrade-'));

  constructor(private readonly root: string, baseline: Baseline) {
    for (const name of fs.readdirSync(root).filter((entry) => !['integ', '.git'].includes(entry))) {
      fs.symlinkSync(path.join(root, name), path.join(this.folder, name), 'junction');
    }
    for (const file of baseline.files.filter((name) => !name.includes('.snapshot/'))) {
      fs.mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
      fs.writeFileSync(path.join(this.folder, file), baseline.read(file));
    }
  }

  /** The templates that an app synthesizes, as integ-runner has it synthesized. */
  public async synthesize(test: string): Promise<Templates> {
    const output = path.join(this.folder, 'cdk.out', test);
    const flags = JSON.parse(fs.readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8'));
    // Layers that are not built are an error for those who deploy, not for a template.
    flags['@aws-cdk/core:annotationsInValidationReport'] = false;
    fs.mkdirSync(output, { recursive: true });
    const { status, stderr } = await run(process.execPath, ['-r', path.join(this.root, 'bin', 'dev', 'typescript.js'), test], {
      cwd: path.join(this.folder, 'integ'),
      env: {
        ...process.env,
        CDK_OUTDIR: output,
        CDK_CONTEXT_JSON: JSON.stringify({ ...flags, 'aws:cdk:disable-asset-staging': true }),
        CDK_INTEG_ACCOUNT: '12345678',
        CDK_INTEG_REGION: 'test-region',
      },
    });
    if (status !== 0) {
      const why = /^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.trim().split('\n').slice(-5).join('\n');
      throw new Error(`${test} synthesizes no more with the library of ${this.root}: ${why}. Apps must outlive an upgrade: keep what it uses`);
    }
    return templatesIn(output);
  }

  public remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(command: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<{ status: number | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => { stderr += chunk; });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stderr }));
  });
}
