import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';
import { at, outcomeOf } from '../outcome.ts';

const contract = (mode: string, ...properties: readonly string[]): string =>
  wrappedContract([ID, ...properties], {
    custom: ['{ property: envelope, value: wrapped }', `{ property: compatibility, value: ${mode} }`],
  });
const NOTE = '{ name: note, logicalType: string }';
const SHORT_NOTE = '{ name: note, logicalType: string, logicalTypeOptions: { maxLength: 5 } }';
const NUMBER_NOTE = '{ name: note, logicalType: integer }';

suite('schema', () => {
  let bench: Workbench;
  const run = (...argv: readonly string[]) => outcomeOf(bench.temporary.root, 'schema', ...argv);
  beforeEach(async () => {
    bench = await workbench(contract('BACKWARD'));
  });
  afterEach(() => bench.close());

  test('check predicts what register does', async () => {
    const steps = [
      [contract('BACKWARD'), 'new', 0, 1],
      [contract('BACKWARD'), 'unchanged', 0, 1],
      [contract('BACKWARD', NOTE), 'accepted', 0, 2],
      [contract('BACKWARD', SHORT_NOTE), 'incompatible', 1, null],
      [contract('NONE', NUMBER_NOTE), 'rebuild', 1, null],
      [contract('FORWARD', SHORT_NOTE), 'accepted', 0, 3],
    ] as const;
    for (const [text, verdict, exit, version] of steps) {
      await bench.contract(text);
      const before = (await bench.workspace.store.contractVersions('things')).length;
      const checked = await run('check');
      assert.deepEqual([checked.exit, at(checked.json, 'topics', 0, 'verdict')], [exit, verdict]);
      assert.equal(at(checked.json, 'ok'), exit === 0);
      assert.equal((await bench.workspace.store.contractVersions('things')).length, before);
      const registered = await run('register', 'things');
      assert.deepEqual([registered.exit, at(registered.json, 'topics', 0, 'version')], [exit, version]);
      const latest = (await bench.workspace.store.latestContract('things'))?.version;
      assert.equal(latest, version ?? 2);
    }
  });

  test('a refusal names the change, the version, the reason and the remedies', async () => {
    await bench.contract(contract('BACKWARD', NOTE));
    await run('register');
    await bench.contract(contract('BACKWARD', SHORT_NOTE));
    const { json, lines } = await run('check', 'things');
    assert.deepEqual(at(json, 'topics', 0, 'incompatibilities', 0, 'direction'), 'backward');
    assert.deepEqual(at(json, 'topics', 0, 'changes', 0, 'kind'), 'rule-stricter');
    const text = lines.join('\n');
    assert.match(text, /refused under BACKWARD, after version 1/);
    assert.match(text, /not backward compatible with version 1: .*note become stricter/);
    assert.match(text, /remedy.*a compatibility other than BACKWARD.*lean-ops rebuild things/);
  });

  test('a broken file does not affect the verdicts of the others', async () => {
    await writeFile(join(bench.workspace.paths.topics, 'broken.odcs.yaml'), 'kind: Nonsense\n');
    const { exit, json, lines } = await run('check');
    assert.equal(exit, 2);
    assert.equal(at(json, 'topics', 0, 'verdict'), 'new');
    assert.equal(at(json, 'errors', 0, 'error', 'code'), 'CONTRACT_INVALID');
    assert.equal(at(json, 'ok'), false);
    assert.match(lines.join('\n'), /broken failed/);
    await assert.rejects(run('check', 'nothing'), { code: 'TOPIC_UNKNOWN' });
  });

  test('diff compares versions with each other and with the file', async () => {
    for (const properties of [[], [NOTE], [NOTE, '{ name: more, logicalType: integer }']]) {
      await bench.contract(contract('BACKWARD', ...properties));
      await run('register');
    }
    await bench.contract(contract('BACKWARD', NOTE));
    const columns = async (...argv: readonly string[]) => {
      const { json } = await run('diff', 'things', ...argv);
      const changes = at(json, 'changes') as readonly { kind: string; column: string }[];
      return [
        at(json, 'from', 'version'),
        at(json, 'to', 'version'),
        ...changes.map((each) => `${each.kind} ${each.column}`),
      ];
    };
    assert.deepEqual(await columns(), [3, null, 'removed more']);
    assert.deepEqual(await columns('1'), [1, null, 'added-optional note']);
    assert.deepEqual(await columns('1', '3'), [1, 3, 'added-optional note', 'added-optional more']);
    assert.deepEqual(await columns('2', '2'), [2, 2]);
    const { json } = await run('diff', 'things');
    const versions = await bench.workspace.store.contractVersions('things');
    assert.deepEqual(
      (at(json, 'versions') as readonly { hash: string }[]).map(({ hash }) => hash),
      versions.map(({ hash }) => hash),
    );
    assert.match(String(at(json, 'versions', 0, 'registered_at')), /^\d{4}-\d{2}-\d{2}T.*Z$/);
  });

  test('diff refuses versions that do not exist', async () => {
    await assert.rejects(run('diff', 'things'), {
      code: 'NOT_FOUND',
      message: /has no registered version yet/,
    });
    await assert.rejects(run('diff', 'nothing'), { code: 'TOPIC_UNKNOWN' });
    await run('register');
    await assert.rejects(run('diff', 'things', '2'), {
      code: 'NOT_FOUND',
      message: /Registered versions: 1 to 1/,
    });
    await assert.rejects(run('diff', 'things', 'x'), { code: 'USAGE' });
  });
});
