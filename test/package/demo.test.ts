import * as fs from 'fs';
import * as path from 'path';
import { ROOT, artifact, python, run, temporaryDirectory } from './support';

jest.setTimeout(900_000);

const WATCH = path.join(ROOT, 'local', 'tests', 'network_watch.py');
// Words with brackets, quotes and stars get through.
const QUERY = 'SELECT count(*) AS "all rows" FROM raw_sellers WHERE seller_state <> \'?\'';
const SCRIPT = '"$0" demo --scale 0.02 -o json > story.json && "$0" query "$1" -o json > counted.json';

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
        run(python(), [WATCH, '--report', 'network.json', 'sh', '-c', SCRIPT, lake, QUERY], { cwd: folder });
        const [story, counted, network] = ['story', 'counted', 'network'].map(
          (name) => JSON.parse(fs.readFileSync(path.join(folder, `${name}.json`), 'utf8')));

        expect(story.command).toBe(called);
        expect(fs.readFileSync(story.report, 'utf8')).toContain('<svg');
        expect(JSON.stringify(counted)).toContain('all rows');
        // Installed is installed: nothing is fetched any more, and nothing listens but on loopback.
        expect(network.findings).toEqual([]);
      } finally {
        run(lake, ['down', '--purge'], { cwd: folder });
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});
