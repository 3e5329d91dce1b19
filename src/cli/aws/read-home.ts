import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { AwsDeployment } from '../../aws/deployment/aws-deployment.ts';
import { COPY_TIMEOUTS, type CopyAmount, type CopyProgress, s3Copies } from '../../aws/reading/s3-copies.ts';
import { fileError } from '../../base/file-error.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import type { ReadablePlace } from '../../duckdb/tables/readable-place.ts';
import { DEFAULTS } from '../../pipeline/settings.ts';
import type { Context } from '../command/command.ts';
import type { ProgressBar } from '../terminal/progress.ts';
import { bytes, counted } from '../terminal/words.ts';
import { withLazyEngine } from '../work/work.ts';
import type { OpenedTarget } from './target.ts';

/**
 * The home on AWS with an engine on this machine, which reads copies of the tables' files. They lie in a temporary folder
 * for its owner only, and are gone when the task ends. `before`: may throw to keep files from being read.
 */
export async function withReadableDeployment<T>(
  { deployment, settings }: OpenedTarget,
  context: Context,
  before: (more: CopyAmount) => Promise<void>,
  task: (deployment: AwsDeployment & ReadablePlace, engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  const root = await temporaryFolder();
  const [folder, tempDirectory] = [join(root, 'files'), join(root, 'spill')];
  const client = new S3Client({ ...settings, requestHandler: COPY_TIMEOUTS });
  const begin = async (amount: CopyAmount): Promise<CopyProgress> => {
    await before(amount);
    context.terminal.note(`reading ${bytes(amount.bytes)} in ${counted(amount.files, 'file')} from S3`);
    return progressOf(await context.terminal.progress('S3', 'bytes'), amount);
  };
  const copies = s3Copies({ client, folder, signal: context.signal, begin });
  const config = async () => ({
    engine: { memoryLimit: DEFAULTS.memoryLimit, threads: availableParallelism() },
  });
  try {
    await mkdir(folder);
    return await withLazyEngine({ config, tempDirectory }, (engine) =>
      task({ ...deployment, copies }, interruptible(engine, context.signal)),
    );
  } finally {
    client.destroy();
    await rm(root, { recursive: true });
  }
}

function progressOf(bar: ProgressBar, { files, bytes: total }: CopyAmount): CopyProgress {
  let done = 0;
  return {
    copied: (size) => {
      done += size;
      bar.update({ done, total, note: counted(files, 'file') });
    },
    end: () => bar.stop(),
  };
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
