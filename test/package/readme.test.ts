import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { ROOT, artifact, python, run, temporaryDirectory } from './support';

jest.setTimeout(900_000);

const { start } = jest.requireActual<{
  start(folder: string, python: string, region: string): Promise<{ env: NodeJS.ProcessEnv; log: string; stop(): Promise<void> }>;
}>('../../integ/embedded-cloud.js');

/** The code of the README: what a block is (`sh`, `ts`, ...), what comes after that on its first line (a file's name, or for whom it is). */
interface Block {
  readonly language: string;
  readonly note: string;
  readonly text: string;
}

const BLOCKS: Block[] = [...fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(/^```(\w+)[ ]?(.*)\n([\s\S]*?)^```$/gm)]
  .map(([, language, note, text]) => ({ language, note, text }));

/** One of the README's two ways from an empty folder to an answer, as a script: files are written, commands are as they are. */
function script(extension: string, commandsFor: string): string {
  const first = BLOCKS.findIndex(({ language, note, text }) => language === 'sh' && note === commandsFor && text.includes(' install cdk-datalake-accelerator'));
  const last = BLOCKS.findIndex(({ text }, index) => index > first && text.includes('lake down'));
  return BLOCKS.slice(first, last + 1).map(({ language, note, text }) => {
    if (language === 'sh' && note === commandsFor) return text;
    if (note === `app.${extension}`) return `cat > ${note} <<'THE_END'\n${text}THE_END\n`;
    throw new Error(`the README has a block here that this test cannot run: ${language} ${note}\n${text}`);
  }).join('\n');
}

/** Runs it in an empty folder, with what was packed in place of what will be published. What it printed, and the folder. */
function follow(text: string, published: string, packed: string, more: NodeJS.ProcessEnv = {}): { folder: string; printed: string } {
  const folder = temporaryDirectory('readme');
  const commands = text.replaceAll(` install ${published}`, ` install ${packed}`);
  expect(commands).not.toBe(text);
  // The one tool of the README that is not ours and may be missing.
  const prelude = 'command -v aws > /dev/null || aws() { echo "no AWS CLI here: not run: aws $*" >&2; }\n';
  const done = spawnSync('bash', ['-euo', 'pipefail', '-c', prelude + commands], { cwd: folder, encoding: 'utf8', env: { ...process.env, ...more } });
  const printed = `${done.stdout}\n${done.stderr}`;
  if (done.status !== 0) {
    // The lake of a script that broke off would stay up.
    spawnSync('bash', ['-c', 'npx --no-install lake down --purge || .venv/bin/lake down --purge'], { cwd: folder });
    throw new Error(`the README's commands ended with ${done.status}:\n${printed}`);
  }
  return { folder, printed };
}

const ANSWER = /orders\s+amount\s+[─\s]+2\s+19\.75/;

describe('every command of the README, in an empty folder', () => {
  const folders: string[] = [];
  let project: string;

  afterAll(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));

  test('TypeScript: from npm install to the answer of a query', () => {
    const { folder, printed } = follow(script('ts', ''), 'cdk-datalake-accelerator', artifact('js'));
    folders.push(folder);
    project = folder;

    expect(printed).toMatch(ANSWER);
    expect(printed).toMatch(/"Workflows": \[|no AWS CLI here/);
    expect(printed).toContain('lake stopped');
  });

  test('TypeScript: the same app is deployed by the CDK, as to an account', async () => {
    const folder = temporaryDirectory('readme-cloud');
    folders.push(folder);
    const cloud = await start(folder, python(), 'us-east-1');
    try {
      const [{ text }] = BLOCKS.filter(({ note }) => note === 'aws');
      // Nobody is there to say yes: to npx, and to the rights of the roles.
      const env = { ...cloud.env, npm_config_yes: 'true', CDK_REQUIRE_APPROVAL: 'never', CDK_DEFAULT_ACCOUNT: '000000000000', CDK_DEFAULT_REGION: 'us-east-1' };
      const printed = run('bash', ['-euc', `{\n${text}\n} 2>&1`], { cwd: project, env });

      expect(printed).toContain('✅  Company');
      expect(printed).toMatch(/Stack ARN:\s+arn:aws:cloudformation:us-east-1:000000000000:stack\/Company\//);
    } finally {
      await cloud.stop();
    }
  });

  test('Python: from pip install to the answer of a query', () => {
    // The README's python3 is one that lake supports.
    const bin = path.dirname(fs.realpathSync(python()));
    const { folder, printed } = follow(script('py', 'python'), 'cdk-datalake-accelerator', artifact('python'), { PATH: `${bin}:${process.env.PATH}` });
    folders.push(folder);

    expect(printed).toMatch(ANSWER);
    expect(printed).toContain('lake stopped');
  });
});
