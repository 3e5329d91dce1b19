import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Engine, type EngineRow, openEngine } from '../../../src/duckdb/engine/engine.ts';
import { withReader } from '../../../src/duckdb/tables/reader.ts';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { ingestSource } from '../../../src/embedded/ingest/ingest.ts';
import type { IngestOptions } from '../../../src/embedded/ingest/options.ts';
import type { IngestResult } from '../../../src/embedded/ingest/result.ts';
import type { Workspace } from '../../../src/embedded/workspace/workspace.ts';
import type { DeadLetter } from '../../../src/state/dead-letter.ts';
import { type Temporary, temporaryWorkspace } from '../../support/temporary.ts';

export const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: things
name: Things
version: 1.0.0
status: active
schema:
  - name: things
    logicalType: object
    properties:
      - { name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }
`;

/** A workspace with the topic `things`, and one engine for all its ingests. */
export interface IngestBench {
  readonly temporary: Temporary;
  readonly workspace: Workspace;
  readonly engine: () => Promise<Engine>;
  readonly file: (name: string, content: string | Uint8Array) => Promise<string>;
  readonly take: (path: string, more?: Partial<IngestOptions>) => Promise<IngestResult>;
  readonly takeStream: (chunks: readonly Uint8Array[]) => Promise<IngestResult>;
  readonly rows: () => Promise<readonly EngineRow[]>;
  readonly count: () => Promise<number>;
  readonly deadLetters: () => Promise<readonly DeadLetter[]>;
  readonly close: () => Promise<void>;
}

export async function ingestBench(): Promise<IngestBench> {
  const temporary = await temporaryWorkspace();
  await mkdir(join(temporary.root, 'topics'));
  await mkdir(join(temporary.root, 'in'));
  await writeFile(join(temporary.root, 'topics', 'things.odcs.yaml'), CONTRACT);
  const workspace = await temporary.open();
  let engine: Promise<Engine> | null = null;
  const options: IngestOptions = {
    again: false,
    signal: new AbortController().signal,
    faults: NO_FAULTS,
    engine: () => {
      engine ??= openEngine({ memoryLimit: '512MiB', threads: 2, tempDirectory: workspace.tempDirectory });
      return engine;
    },
    onProgress: () => undefined,
  };
  return {
    temporary,
    workspace,
    engine: options.engine,
    file: async (name, content) => {
      const path = join(temporary.root, 'in', name);
      await writeFile(path, content);
      return path;
    },
    take: (path, more = {}) =>
      ingestSource(workspace, 'things', { kind: 'file', path }, { ...options, ...more }),
    takeStream: (chunks) =>
      ingestSource(workspace, 'things', { kind: 'stream', stream: Readable.from(chunks) }, options),
    rows: () => rawRows(workspace),
    count: async () => Number((await workspace.store.checkpoint('things')).totals.raw),
    deadLetters: async () => (await workspace.store.deadLetters({ topic: 'things' }, 1000, null)).items,
    close: async () => {
      (await engine)?.close();
      await workspace.close();
      await temporary.remove();
    },
  };
}

async function rawRows(workspace: Workspace): Promise<readonly EngineRow[]> {
  const tables = await workspace.catalog.tables();
  if (tables.length === 0) return [];
  return withReader(workspace, new AbortController().signal, (engine) =>
    engine.rows('SELECT * FROM raw.things ORDER BY source'),
  );
}

/** A message of the topic. */
export function message(id: string | number): string {
  return `{"messageId":"m-${id}","publishTime":"2026-02-01T10:00:00Z","payload":{"idempotency_key":"k-${id}","id":"${id}"}}`;
}
