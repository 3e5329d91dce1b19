import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { PlainRow } from '../foreign-readers.ts';
import { sameRows } from '../same-rows.ts';
import { batchCount, type ConformanceTopic, messagesOf, prefixOf } from './cases.ts';
import { DRIFT_TOPICS } from './drift-cases.ts';
import { GENERATED_TOPICS } from './generated.ts';
import { MASKING_TOPICS } from './masking-cases.ts';
import { MERGE_TOPICS } from './merge-cases.ts';
import { PATHS, PATTERN_TOPIC } from './path-cases.ts';
import { type TableName, type Tables, TwoPlaces } from './two-places.ts';
import { TYPE_TOPICS } from './type-cases.ts';

/** Runs only some topics: their names, separated by commas. */
const ONLY = process.env.LEAN_OPS_TOPICS;

const TOPICS: readonly ConformanceTopic[] = [
  ...TYPE_TOPICS,
  PATHS,
  PATTERN_TOPIC,
  ...MASKING_TOPICS,
  ...MERGE_TOPICS,
  ...DRIFT_TOPICS,
  ...GENERATED_TOPICS,
].filter(({ name }) => ONLY === undefined || ONLY.split(',').includes(name));

const TABLES: readonly TableName[] = ['raw', 'semantic', 'errors', 'drift'];

interface Outcome {
  readonly duckdb: Tables;
  readonly spark: Tables;
  readonly figures: readonly { readonly duckdb: PlainRow; readonly spark: PlainRow }[];
}

/** Invariant: the same RAW rows give the same rows on DuckDB and on Spark, in all four tables. */
suite('Spark and DuckDB', () => {
  let places: TwoPlaces;

  before(async () => {
    places = await TwoPlaces.open();
  });

  after(() => places.close());

  for (const topic of TOPICS) {
    suite(topic.name, () => {
      let outcome: Outcome;
      before(async () => {
        outcome = await outcomeOf(places, topic);
      });
      for (const table of TABLES)
        test(`all of ${table}`, () => sameRows(outcome.spark[table], outcome.duckdb[table], table));
      test('figures of each batch', () => {
        for (const { duckdb, spark } of outcome.figures) assert.deepEqual(spark, duckdb);
      });
      topic.cases.forEach(({ name }, index) => {
        test(name, () => sameCase(outcome, prefixOf(index)));
      });
    });
  }
});

async function outcomeOf(places: TwoPlaces, topic: ConformanceTopic): Promise<Outcome> {
  await places.contract(topic.name, topic.contract);
  const figures: { duckdb: PlainRow; spark: PlainRow }[] = [];
  for (let batch = 0; batch < batchCount(topic); batch++)
    figures.push(await places.batch(topic.name, messagesOf(topic, batch)));
  if (topic.rebuild) figures.push(await places.batch(topic.name, [], 'rebuild'));
  return {
    duckdb: await places.duckdbTables(topic.name),
    spark: await places.sparkTables(topic.name),
    figures,
  };
}

function sameCase({ duckdb, spark }: Outcome, prefix: string): void {
  const of = (rows: readonly PlainRow[], id: string) =>
    rows.filter((row) => String(row[id]).startsWith(prefix));
  const live = of(duckdb.semantic, '_message_id');
  const rejected = of(duckdb.errors, 'message_id');
  assert.ok(live.length + rejected.length > 0, 'the case shows in no table');
  sameRows(of(spark.semantic, '_message_id'), live, 'semantic');
  sameRows(of(spark.errors, 'message_id'), rejected, 'errors');
}
