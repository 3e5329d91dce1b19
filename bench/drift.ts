import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine } from '../src/duckdb/engine/engine.ts';
import { ingestSource } from '../src/embedded/ingest/ingest.ts';
import { rebuild } from '../src/embedded/jobs/rebuild.ts';
import { invariant } from '../src/errors/error.ts';
import { type Measured, median, secondsOf } from './measure.ts';
import { writeMessages } from './messages.ts';
import { benchOptions, ordersWorkspace, TOPIC } from './pipeline.ts';

/** Finding drift may take at most this share of the semantic job. */
const TARGET = 0.15;
/** Steps of the plan that drift alone needs, and the evidence that it shares with rejected rows. */
const DRIFT_STEPS = /^CREATE TEMP TABLE (shapes|breaks|evidence|objects|members|drifted|drift_rows) AS/;

/** What finding drift takes of a semantic job over all of RAW: both are timed in the same run. */
export async function driftRow(total: number, rounds: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-bench-'));
  const engine = await openEngine({ memoryLimit: '1GiB', threads: 2, tempDirectory: join(folder, 'spill') });
  const timed = withTimedDrift(engine);
  const workspace = await ordersWorkspace(folder);
  try {
    const path = join(folder, 'orders.ndjson');
    await writeMessages(path, total, 1);
    await ingestSource(workspace, TOPIC, { kind: 'file', path }, benchOptions({ engine }));
    const runs: (readonly [number, number])[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const before = timed.seconds();
      const job = await secondsOf(async () => {
        const { counts } = await rebuild(workspace, TOPIC, benchOptions({ engine: timed.engine }));
        invariant(counts.rawRows === total, 'every row was processed');
      });
      // The first round warms up.
      if (round > 0) runs.push([timed.seconds() - before, job]);
    }
    const ratio = median(runs.map(([drift, job]) => drift / job));
    return {
      name: 'drift: its share of the semantic job',
      ours: median(runs.map(([drift]) => drift)),
      yardstick: median(runs.map(([, job]) => job)),
      ratio,
      target: `≤ ${TARGET}`,
      met: ratio <= TARGET,
    };
  } finally {
    await workspace.close();
    engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function withTimedDrift(engine: Engine): { readonly engine: Engine; readonly seconds: () => number } {
  let seconds = 0;
  const run: Engine['run'] = async (sql, values) => {
    const took = await secondsOf(() => engine.run(sql, values));
    if (DRIFT_STEPS.test(sql)) seconds += took;
  };
  return { engine: { ...engine, run }, seconds: () => seconds };
}
