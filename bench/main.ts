import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { driftRow } from './drift.ts';
import { intakeRows } from './intake.ts';
import { type Measured, printTable } from './measure.ts';
import { pipelineRows } from './pipeline.ts';
import { scanRow } from './scan.ts';
import { coldStartRow, commitRows, memoryRow } from './standing.ts';

// Like the command line.
enableCompileCache();

/**
 * Measures the performance targets that need no JVM. `--smoke` shows that the benches work, not how fast they
 * are.
 */
const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    messages: { type: 'string', default: '1000000' },
    only: { type: 'string' },
  },
});
const rounds = values.smoke ? 1 : Number(values.rounds);
const messages = values.smoke ? 20_000 : Number(values.messages);
const sections: Readonly<Record<string, () => Promise<readonly Measured[]>>> = {
  scan: async () => [await scanRow(values.smoke ? 20_000 : 200_000, rounds)],
  intake: () => intakeRows(values.smoke ? 20_000 : 100_000, rounds),
  pipeline: () => pipelineRows(messages, rounds),
  drift: async () => [await driftRow(messages, rounds)],
  commits: () => commitRows(values.smoke ? 25 : 1000),
  cold: async () => [await coldStartRow(values.smoke ? 1 : 20)],
  memory: async () => [await memoryRow(values.smoke ? 50_000 : 10 * messages)],
};
const rows: Measured[] = [];
for (const [name, section] of Object.entries(sections)) {
  if (values.only === undefined || values.only === name) rows.push(...(await section()));
}
printTable(rows, values.json);
