import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const ROOT = path.resolve(__dirname, '..', '..');

test('API.md is what the source says: `npx projen docgen` after a change', () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lake-api-'));
  try {
    const fresh = path.join(directory, 'API.md');
    execFileSync(process.execPath, [path.join(ROOT, 'node_modules/jsii-docgen/bin/jsii-docgen'), '-o', fresh], { cwd: ROOT, stdio: 'pipe' });
    expect(fs.readFileSync(path.join(ROOT, 'API.md'), 'utf8')).toBe(fs.readFileSync(fresh, 'utf8'));
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}, 120_000);
