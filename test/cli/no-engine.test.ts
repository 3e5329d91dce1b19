import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Bench, call, librariesOf, openBench, succeed } from '../crash/harness.ts';

const loadsDuckDb = (libraries: readonly string[]): boolean => libraries.some((path) => /duckdb/i.test(path));

/** URLs of the modules that a command loads. */
async function modulesOf(bench: Bench, root: string, ...argv: readonly string[]): Promise<readonly string[]> {
  const [hook, out] = [join(bench.folder, 'modules.mjs'), join(bench.folder, 'modules.json')];
  writeFileSync(
    hook,
    `import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
const urls = [];
registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context); } });
process.on('exit', () => writeFileSync(${JSON.stringify(out)}, JSON.stringify(urls)));`,
  );
  const { status, stderr } = await call(root, argv, { NODE_OPTIONS: `--import ${hook}` });
  assert.ok(status === 0 || status === 1, stderr);
  return JSON.parse(readFileSync(out, 'utf8'));
}

/** A command that reads stored facts must answer at once, also on a machine on which the engine cannot load. */
suite('a command loads only what it needs', () => {
  let bench: Bench;
  let root: string;

  before(async () => {
    bench = openBench();
    root = bench.workspace('facts', ['earthquakes']);
    await succeed(root, 'run');
  });
  after(() => bench.remove());

  test('freshness, status and balance start no engine; query does', async () => {
    for (const command of ['freshness', 'status', 'balance'])
      assert.equal(loadsDuckDb(await librariesOf(root, bench.folder, command)), false, command);
    assert.equal(loadsDuckDb(await librariesOf(root, bench.folder, 'query', 'SELECT 1')), true, 'query');
  });

  test('embedded, no command loads the AWS SDK or code for AWS', async () => {
    for (const argv of [['status'], ['balance', '--deep'], ['errors'], ['dlq', 'list'], ['explain', 'x']]) {
      const modules = await modulesOf(bench, root, ...argv);
      assert.ok(modules.some((url) => url.endsWith('src/cli/main.ts')));
      const ofAws = modules.filter((url) => /@aws-sdk|@smithy|\/src\/aws\//.test(url));
      assert.deepEqual(ofAws, [], argv.join(' '));
    }
  });
});
