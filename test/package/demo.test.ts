import * as fs from 'fs';
import * as path from 'path';
import { artifact, python, run, temporaryDirectory } from './support';

jest.setTimeout(900_000);

describe('lake demo, of nothing but one package', () => {
  test.each([
    ['npm', (folder: string) => {
      fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
      run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', artifact('js')], { cwd: folder });
      return path.join(folder, 'node_modules', '.bin', 'lake');
    }, 'npx lake'],
    ['pip', (folder: string) => {
      run(python(), ['-m', 'venv', 'venv'], { cwd: folder });
      run(path.join(folder, 'venv', 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', artifact('python')], { cwd: folder });
      return path.join(folder, 'venv', 'bin', 'lake');
    }, 'lake'],
  ] as const)('%s', (_, install, called) => {
    const folder = temporaryDirectory('demo');
    try {
      const lake = install(folder);
      try {
        const story = JSON.parse(run(lake, ['demo', '--scale', '0.02', '-o', 'json'], { cwd: folder }));

        expect(story.command).toBe(called);
        expect(fs.readFileSync(story.report, 'utf8')).toContain('<svg');
        // Words with brackets, quotes and stars get through.
        const counted = JSON.parse(run(lake, ['query', 'SELECT count(*) AS "all rows" FROM raw_sellers WHERE seller_state <> \'?\'', '-o', 'json'], { cwd: folder }));
        expect(JSON.stringify(counted)).toContain('all rows');
      } finally {
        run(lake, ['down', '--purge'], { cwd: folder });
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});
