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
import type { TableReading } from '../command/command-place.ts';
import type { ProgressBar } from '../terminal/progress.ts';
import { bytes, counted } from '../terminal/words.ts';
import type { OpenedDeployment } from './aws-deployment.ts';
import { withInterruptibleEngine } from './lend-engine.ts';
import { readGuard } from './read-guard.ts';

/**
 * Lends the deployment's tables to an engine on this machine, which reads copies of their files. The copies lie in a
 * temporary folder that only its owner can read, and are deleted when the task ends. Throws what `readGuard` throws.
 */
export async function withS3Tables<T>(
  { deployment, settings }: OpenedDeployment,
  { terminal, signal }: Context,
  reading: TableReading,
  task: (deployment: AwsDeployment & ReadablePlace, engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  const root = await temporaryFolder();
  const [folder, tempDirectory] = [join(root, 'files'), join(root, 'spill')];
  const client = new S3Client({ ...settings, requestHandler: COPY_TIMEOUTS });
  const guard = readGuard(reading, terminal);
  const begin = async (amount: CopyAmount): Promise<CopyProgress> => {
    await guard(amount);
    terminal.note(`reading ${bytes(amount.bytes)} in ${counted(amount.files, 'file')} from S3`);
    return progressOf(await terminal.progress('S3', 'bytes'), amount);
  };
  const copies = s3Copies({ client, folder, signal, begin });
  const config = async () => ({
    engine: { memoryLimit: DEFAULTS.memoryLimit, threads: availableParallelism() },
  });
  try {
    await mkdir(folder);
    const operation = reading.purpose ?? 'reading tables';
    return await withInterruptibleEngine({ config, tempDirectory }, signal, operation, (engine) =>
      task({ ...deployment, copies }, engine),
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

/** Only its owner can read a folder that mkdtemp makes. */
async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'lean-ops-'));
  } catch (error) {
    throw fileError(error, 'making a folder for copies', tmpdir());
  }
}
