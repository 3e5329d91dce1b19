import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import type { Json } from '../../src/cli/command/command.ts';
import { RELEASE } from '../../src/state/sqlite/format.ts';
import { at, outcomeOf } from '../cli/outcome.ts';
import type { FixtureTopic } from '../fixtures/releases/contracts.ts';
import { messagesOf, wrapped } from '../fixtures/releases/messages.ts';
import { copyWorkspace, expectedOf, RELEASES, rowsOf } from '../fixtures/releases/open.ts';
import { newFolder } from '../state/sqlite/workspace.ts';

/** When the further messages are published: after everything in the fixtures. */
const LATER_MS = Date.parse('2025-03-20T08:00:00Z');
const ROUND = 9;

for (const release of RELEASES) {
  const { topics } = expectedOf(release);
  const names = Object.keys(topics).sort();

  suite(`a workspace that release ${release} wrote`, () => {
    let folder: string;
    let root: string;
    before(async () => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'lean-ops-release-')));
      root = join(folder, 'workspace');
      copyWorkspace(release, root);
      const moved = await outcomeOf(root, 'doctor', '--relocate', '--deep');
      assert.equal(moved.exit, 0, moved.lines.join('\n'));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const call = async (exit: number, ...argv: readonly string[]): Promise<Json> => {
      const outcome = await outcomeOf(root, ...argv);
      assert.equal(outcome.exit, exit, `${argv.join(' ')}: ${outcome.lines.join('\n')}`);
      return outcome.json;
    };
    const rows = (json: Json): readonly Json[] => {
      const found = at(json, 'rows');
      assert.ok(Array.isArray(found));
      return found;
    };
    const list = (json: Json, ...path: readonly (string | number)[]): readonly Json[] => {
      const found = at(json, ...path);
      assert.ok(Array.isArray(found));
      return found;
    };
    /** A member of each object of a list. */
    const members = (items: readonly Json[], name: string): readonly Json[] =>
      items.map((item) => at(item, name));
    /** Stored and recomputed from RAW; topics with history that is gone are compared in part. */
    const assertBalanced = async (): Promise<void> => {
      const json = await call(0, 'balance', '--deep');
      assert.equal(at(json, 'status'), 'balanced');
    };

    test('has the tables that a new workspace has', async () => {
      const fresh = await newFolder();
      await fresh.open().store.close();
      assert.deepEqual(schemaOf(join(root, 'data', 'lean-ops.db')), schemaOf(fresh.file));
      await fresh.remove();
    });

    test('says its format, and which topics need a rebuild', async () => {
      const rebuild = names.filter((topic) => topics[topic]?.needsRebuild);
      const checks = list(await call(rebuild.length === 0 ? 0 : 1, 'doctor'), 'checks');
      const format = checks.find((check) => at(check, 'name') === 'format') ?? assert.fail('no format');
      assert.equal(at(format, 'status'), rebuild.length === 0 ? 'ok' : 'failed');
      const detail = String(at(format, 'detail'));
      if (rebuild.length === 0) assert.ok(detail.endsWith(`written by Lean-Ops ${RELEASE}`), detail);
      else assert.ok(detail.startsWith(`the tables of ${rebuild.join(', ')} are`), detail);
    });

    test('shows the same rows in every table', async () => {
      const counts = Object.assign({}, ...Object.values(topics).map((topic) => topic.rows));
      const counting = Object.keys(counts).map(
        (table) => `SELECT '${table}' AS name, count(*)::INTEGER AS n FROM ${table}`,
      );
      const counted = rows(await call(0, 'query', counting.join(' UNION ALL ')));
      assert.deepEqual(Object.fromEntries(counted.map((row) => [at(row, 'name'), at(row, 'n')])), counts);
      for (const topic of names) {
        const table = `semantic.${topic}`;
        const found = await call(0, 'query', `SELECT * FROM ${table} ORDER BY ALL`);
        assert.deepEqual(JSON.parse(JSON.stringify(rows(found))), rowsOf(release, table), table);
      }
    });

    test('shows the same state', async () => {
      const status = list(await call(1, 'status'), 'topics');
      assert.deepEqual(members(status, 'topic'), names);
      const pairs = status.map((each) => [
        at(each, 'topic'),
        at(each, 'rows'),
        at(each, 'generation'),
        at(each, 'contract_version'),
        at(each, 'backlog'),
        at(each, 'dead_letters_open'),
      ]);
      assert.deepEqual(pairs, [
        ['deliveries', 12, 1, 1, 12, 0],
        ['events', 18, 2, 1, 0, 0],
        ['orders', 21, 1, 2, 0, 2],
        ['payments', 12, 1, 1, 12, 20],
        ['readings', 72, 1, 1, 0, 0],
        ['visits', 12, 1, 1, 12, 0],
      ]);
      const halted = status.filter((each) => at(each, 'halt') !== null);
      assert.deepEqual(members(halted, 'topic'), ['deliveries', 'payments']);
      const unfinished = status.filter((each) => at(each, 'unfinished_batch_id') !== null);
      assert.deepEqual(members(unfinished, 'topic'), ['visits']);
      await assertBalanced();
    });

    test('answers questions about rejected rows, dead letters, keys, drift, erasures and contracts', async () => {
      const errors = list(await call(0, 'errors', '--redriven'), 'errors');
      assert.deepEqual(
        new Set(members(errors, 'codes')),
        new Set(['CDE_MISSING', 'REQUIRED_MISSING', 'ABOVE_MAXIMUM']),
      );
      const letters = list(await call(0, 'dlq', 'list', 'orders', '--status', 'all'), 'dead_letters');
      assert.deepEqual(members(letters, 'status'), ['replayed', 'discarded', 'replayed', 'open', 'open']);
      for (const letter of letters) await call(0, 'dlq', 'show', String(at(letter, 'id')), '--reveal');
      const explained = list(await call(0, 'explain', '--key', 'O-0001'), 'receptions');
      assert.deepEqual(members(explained, 'message_id'), [
        'o-1-1',
        'o-1-21',
        'o-2-1',
        'o-2-21',
        'o-3-1',
        'o-3-21',
        'o-4-1',
        'o-4-21',
      ]);
      const drift = list(await call(0, 'drift', 'orders', '--all'), 'drift');
      assert.deepEqual(
        drift.filter((each) => at(each, 'muted')).map((each) => at(each, 'path')),
        ['batch_no'],
      );
      assert.equal(list(await call(0, 'forget', 'orders'), 'receipts').length, 1);
      assert.equal(list(await call(0, 'schema', 'diff', 'orders', '1', '2'), 'changes').length, 3);
      assert.equal(list(await call(1, 'alerts'), 'alerts').length, 6);
    });

    test('continues: resumed files, halted topics, the interrupted batch', async () => {
      await call(0, 'topic', 'resume', 'payments', '--accept-next');
      await call(0, 'topic', 'resume', 'deliveries', '--accept-next');
      appendFileSync(messageFile('orders', 4), `${wrapped('o-grown', LATER_MS - 86_400_000 * 4, GROWN)}\n`);
      const inputs = [`orders=${messageFile('orders', 4)}`];
      for (const topic of Object.keys(topics) as FixtureTopic[]) {
        const lines = messagesOf(topic, topic === 'deliveries' ? 1 : ROUND, LATER_MS);
        writeFileSync(messageFile(topic, ROUND), lines.map((line) => `${line}\n`).join(''));
        inputs.push(`${topic}=${messageFile(topic, ROUND)}`);
      }
      const ran = await outcomeOf(root, 'run', ...inputs);
      assert.equal(ran.exit, 0, ran.lines.join('\n'));
      await assertBalanced();
      const status = list(await call(0, 'status'), 'topics');
      assert.deepEqual(new Set(members(status, 'backlog')), new Set([0]));
      assert.deepEqual(new Set(members(status, 'unfinished_batch_id')), new Set([null]));
      const explained = list(await call(0, 'explain', 'o-grown'), 'receptions');
      assert.deepEqual(members(explained, 'fate'), ['inserted']);
    });

    test('is kept: maintenance, an erasure, a replay, a rebuild, a backup', async () => {
      await call(0, 'maintain');
      await call(0, 'forget', 'orders', '--key', 'O-0003', '--yes');
      await call(0, 'dlq', 'discard', '--topic', 'payments', '--reason', 'test', '--yes');
      await call(0, 'dlq', 'replay', '--topic', 'orders', '--yes');
      await call(0, 'rebuild', 'events');
      await call(0, 'backup', join(folder, 'backup'));
      await assertBalanced();
    });

    const messageFile = (topic: FixtureTopic, round: number): string =>
      join(root, 'messages', `${topic}-${round}.ndjson`);
  });
}

const GROWN = { order_id: 'O-0200', status: 'paid', quantity: 1, total: 1.5 };

/** The tables and indexes of a database file, without spaces, which steps and scripts may set apart. */
function schemaOf(file: string): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const found = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
  database.close();
  return found.map(({ type, name, sql }) => `${type} ${name} ${String(sql).replaceAll(/\s+/g, ' ')}`);
}
