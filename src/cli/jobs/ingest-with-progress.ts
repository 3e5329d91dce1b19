import { resolve } from 'node:path';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { faultsFrom } from '../../embedded/faults.ts';
import { ingestSource } from '../../embedded/ingest/ingest.ts';
import type { IngestSource } from '../../embedded/ingest/options.ts';
import type { IngestResult } from '../../embedded/ingest/result.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import type { Context } from '../command/command.ts';
import { round } from '../command/times.ts';
import { counted } from '../terminal/words.ts';

/** The name of standard input on the command line. */
export const STANDARD_INPUT = '-';

export interface IngestTask {
  readonly topic: string;
  /** A path as the user wrote it, or `-`. */
  readonly source: string;
  /** The folder of a relative path. */
  readonly base: string;
  readonly again: boolean;
}

/** Ingests one source and shows a progress bar. */
export async function ingestWithProgress(
  workspace: Workspace,
  engine: () => Promise<Engine>,
  task: IngestTask,
  context: Context,
): Promise<IngestResult> {
  const bar = await context.terminal.progress(task.topic, 'bytes');
  try {
    return await ingestSource(workspace, task.topic, sourceOf(task), {
      again: task.again,
      signal: context.signal,
      faults: faultsFrom(context.env),
      engine,
      onProgress: ({ bytesDone, bytesTotal, messages, deadLettered }) => {
        const dead = deadLettered === 0 ? '' : ` · ${counted(deadLettered, 'dead letter')}`;
        bar.update({ done: bytesDone, total: bytesTotal, note: `${counted(messages, 'message')}${dead}` });
      },
    });
  } finally {
    bar.stop();
  }
}

/** One ingested source, for --json. */
export function ingestJson(result: IngestResult) {
  return {
    topic: result.topic,
    source: result.source,
    result: result.result.replaceAll('-', '_'),
    received: result.received,
    raw: result.raw,
    dead_lettered: result.deadLettered,
    by_error: { ...result.byError },
    raw_snapshot_id: result.rawSnapshotId?.toString() ?? null,
    seconds: round(result.seconds),
  };
}

function sourceOf({ source, base }: IngestTask): IngestSource {
  if (source === STANDARD_INPUT) return { kind: 'stream', stream: process.stdin };
  return { kind: 'file', path: resolve(base, source) };
}
