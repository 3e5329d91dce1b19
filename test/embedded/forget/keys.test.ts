import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deepBalance } from '../../../src/duckdb/batch/deep-balance.ts';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import { type ForgetResult, forget } from '../../../src/embedded/forget/forget.ts';
import { letter } from '../../state/samples.ts';
import { type Workbench, withWorkbench } from '../../support/workbench.ts';
import { wrappedContract } from '../../support/wrapped-contract.ts';
import { content } from '../maintain/bench.ts';

/** Keys that are not one text column: all data of the key goes, and the data of other keys stays. */

const AMOUNT = '{ name: amount, logicalType: number, physicalType: "decimal(9,2)", required: true }';
const PAIR = wrappedContract([
  '{ name: person, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1, classification: restricted, customProperties: [{ property: masking, value: hash }] }',
  '{ name: number, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 2 }',
  AMOUNT,
]);
const TEXTS = wrappedContract([
  '{ name: a, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }',
  '{ name: b, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 2 }',
  AMOUNT,
]);
const KEYLESS = wrappedContract(['{ name: note, logicalType: string }', AMOUNT]);

type Payload = Readonly<Record<string, string | number | null>>;

const row = (id: string, time: number, payload: Payload, key = id) => {
  return { id, time: BigInt(time), payload: JSON.stringify(payload), key };
};

const buried = (source: string, payload: Payload) => {
  const bytes = Buffer.from(JSON.stringify({ messageId: '', payload }));
  return letter('things', source, { body: { kind: 'inline', bytes } });
};

function erase({ workspace, engine }: Workbench, key: string): Promise<ForgetResult> {
  return forget(workspace, 'things', key, {
    signal: new AbortController().signal,
    faults: NO_FAULTS,
    engine: async () => engine,
    onPhase: () => undefined,
    letterIds: [],
    confirm: async () => true,
  });
}

const erased = async (bench: Workbench, key: string) => {
  const result = await erase(bench, key);
  assert.ok(result.kind === 'erased', result.kind);
  const balance = await measureBalance(bench.workspace, 'things');
  assert.equal(balance.status, 'balanced', JSON.stringify(balance));
  assert.equal((await deepBalance(bench.workspace, bench.engine, 'things'))?.status, 'equal');
  const { rawRows, semanticRows, errorRows, deadLetters } = result.erasure.counts;
  return { rawRows, semanticRows, errorRows, deadLetters };
};

/** The contents of tables and dead letters as one text. */
const everything = async (bench: Workbench): Promise<string> => {
  const tables = await bench.workspace.catalog.tables();
  const texts = await Promise.all(tables.map(({ namespace, name }) => content(bench, namespace, name)));
  const { items } = await bench.workspace.store.deadLetters({ topic: 'things' }, 100, null);
  const bodies = items.map(async ({ id }) => {
    const found = await bench.workspace.store.deadLetter(id);
    return found?.body.kind === 'inline' ? Buffer.from(found.body.bytes).toString() : '';
  });
  return [...texts.flat(), ...(await Promise.all(bodies))].join('\n');
};

suite('forgetting keys of other types', () => {
  for (const asked of ['["erin", 7]', 'erin | 7'])
    test(`a composite key with a hashed and a numeric part: ${asked}`, () =>
      withWorkbench(PAIR, async (bench) => {
        const good = (person: string, number: number, time: number) =>
          row(`${person}-${number}-${time}`, time, { person, number, amount: time });
        await bench.putRaw([good('erin', 7, 1), good('erin', 8, 1), good('bob', 7, 1)]);
        await bench.run();
        await bench.putRaw(
          [
            good('erin', 7, 2),
            row('bad', 3, { person: 'erin', number: 7, amount: null }),
            row('partly', 3, { person: 'erin', number: null, amount: 1 }),
          ],
          [buried('one', { person: 'erin', number: 7 }), buried('two', { person: 'erin', number: 77 })],
        );
        assert.deepEqual(await erased(bench, asked), {
          rawRows: 3,
          semanticRows: 1,
          errorRows: 1,
          deadLetters: 1,
        });
        const left = await everything(bench);
        assert.doesNotMatch(left, /erin-7-|"bad"|\\"erin\\",\\"number\\":7,|"erin","number":7}/);
        assert.match(left, /erin-8-1/);
        assert.match(left, /bob-7-1/);
        assert.match(left, /"number":77/);
        // The other form finds nothing any more, and later messages are ingested again.
        assert.equal((await erase(bench, '["erin", "7"]')).kind, 'unknown');
        await bench.putRaw([good('erin', 7, 9)]);
        await bench.run();
        assert.equal((await bench.rows('things', 'number')).length, 3);
      }));

  test('composite keys that concatenate to the same text are different keys', () =>
    withWorkbench(TEXTS, async (bench) => {
      const good = (a: string, b: string) => row(`${a}/${b}`, 1, { a, b, amount: 1 });
      const bad = (a: string, b: string) => row(`bad ${a}/${b}`, 2, { a, b, amount: null });
      const both = [
        ['x | y', 'z'],
        ['x', 'y | z'],
      ] as const;
      await bench.putRaw(
        both.flatMap(([a, b]) => [good(a, b), bad(a, b)]),
        both.map(([a, b]) => buried(`${a}/${b}`, { a, b })),
      );
      await bench.run();
      assert.deepEqual(await erased(bench, '["x | y", "z"]'), {
        rawRows: 2,
        semanticRows: 1,
        errorRows: 1,
        deadLetters: 1,
      });
      const left = await everything(bench);
      assert.doesNotMatch(left, /x \| y\/z/);
      assert.match(left, /"message_id":"bad x\/y \| z","publish_time"/);
      assert.equal((await bench.rows('things', 'a')).length, 1);
    }));

  test('a topic without a primary key uses the idempotency key', () =>
    withWorkbench(KEYLESS, async (bench) => {
      const good = (key: string, time: number) =>
        row(`${key}@${time}`, time, { note: key, amount: time }, key);
      await bench.putRaw([good('k1', 1), good('k2', 1)]);
      await bench.run();
      await bench.putRaw(
        [good('k1', 2), row('bad', 3, { note: 'k1', amount: null }, 'k1')],
        [
          buried('one', { idempotency_key: 'k1' }),
          buried('two', { idempotency_key: 'k2' }),
          buried('three', { note: 'k1' }),
        ],
      );
      const counts = await erased(bench, 'k1');
      assert.deepEqual(counts, { rawRows: 3, semanticRows: 1, errorRows: 1, deadLetters: 1 });
      const left = await everything(bench);
      assert.doesNotMatch(left, /k1@|"idempotency_key":"k1"/);
      assert.match(left, /k2@1/);
      assert.match(left, /"idempotency_key":"k2"/);
    }));
});
