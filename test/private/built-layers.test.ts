import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { contentsHash } from '../../src/private/built-layers';

test('the hash is the one that the build computes', () => {
  // lambda-layers/tests/test_build_layers.py has the same folder and the same number.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'contents-'));
  fs.mkdirSync(path.join(folder, 'python', 'b'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'python', 'b', 'ü.py'), 'x = 1\n');
  fs.writeFileSync(path.join(folder, 'python', 'b.py'), '');

  expect(contentsHash(folder)).toBe('7396ba62e44a1d8fcbf10969322baef0de6bd36c07e1eb1c27923065dfe5bab8');
  fs.rmSync(folder, { recursive: true });
});
