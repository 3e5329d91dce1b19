import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { AwsHome } from '../../aws/home.ts';
import { type CopyAmount, s3Copies } from '../../aws/s3-copies.ts';
import type { Engine } from '../../engine/duckdb.ts';
import { fileError } from '../../engine/local-files.ts';
import type { ReadHome } from '../../engine/read-home.ts';
import { DEFAULTS } from '../../engine/workspace/default-config.ts';
import type { Context } from '../command.ts';
import { bytes, counted } from '../words.ts';
import { withLazyEngine } from '../work.ts';
import type { OpenedTarget } from './target.ts';

/**
 * The home on AWS with an engine on this machine, which reads copies of the tables' files. They lie in a temporary folder
 * for its owner only, and are gone when the task ends. `before`: may throw to keep files from being read.
 */
export async function withReadHome<T>(
  { home, settings }: OpenedTarget,
  context: Context,
  before: (more: CopyAmount) => Promise<void>,
  task: (home: AwsHome & ReadHome, engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  const root = await temporaryFolder();
  const [folder, tempDirectory] = [join(root, 'files'), join(root, 'spill')];
  const bar = await context.terminal.progress('reading from S3', 'bytes');
  const client = new S3Client(settings);
  let [done, total] = [0, 0];
  const copies = s3Copies({
    client,
    folder,
    signal: context.signal,
    before: async (more) => {
      await before(more);
      total += more.bytes;
      context.terminal.note(`reading ${bytes(more.bytes)} in ${counted(more.files, 'file')} from S3`);
    },
    onCopied: (size) => {
      done += size;
      bar.update({ done, total, note: 'files of tables' });
    },
  });
  const config = async () => ({
    engine: { memoryLimit: DEFAULTS.memoryLimit, threads: availableParallelism() },
  });
  try {
    await mkdir(folder);
    return await withLazyEngine({ config, tempDirectory }, (engine) =>
      task({ ...home, copies }, interruptible(engine, context.signal)),
    );
  } finally {
    bar.stop();
    client.destroy();
    await rm(root, { recursive: true });
  }
}

/** mkdtemp makes it for its owner only. */
async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'lean-ops-'));
  } catch (error) {
    throw fileError(error, 'making a folder for copies', tmpdir());
  }
}

function interruptible(start: () => Promise<Engine>, signal: AbortSignal): () => Promise<Engine> {
  let watched = false;
  return async () => {
    const engine = await start();
    if (!watched) signal.addEventListener('abort', () => engine.interrupt(), { once: true });
    watched = true;
    return engine;
  };
}
