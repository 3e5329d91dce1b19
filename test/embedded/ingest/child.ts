import { openEngine } from '../../../src/duckdb/engine/engine.ts';
import { faultsFrom } from '../../../src/embedded/faults.ts';
import { ingestSource } from '../../../src/embedded/ingest/ingest.ts';
import { openWorkspace } from '../../../src/embedded/workspace/open.ts';

/** Ingests a file in a process of its own, which a test may kill: child.ts WORKSPACE FILE. */
const [root = '', path = ''] = process.argv.slice(2);
const workspace = await openWorkspace(root, { clock: () => BigInt(Date.now()) * 1000n, environment: {} });
const engine = await openEngine({
  memoryLimit: '512MiB',
  threads: 2,
  tempDirectory: workspace.tempDirectory,
});
await ingestSource(
  workspace,
  'things',
  { kind: 'file', path },
  {
    again: false,
    signal: new AbortController().signal,
    faults: faultsFrom(process.env),
    engine: async () => engine,
    onProgress: () => undefined,
  },
);
engine.close();
await workspace.close();
