import { parentPort, workerData } from 'node:worker_threads';
import { fileError } from '../../base/file-error.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { faultsFrom } from '../faults.ts';
import type { ScanFailure, ScanJob, ScanReport } from './protocol.ts';
import { scanSource } from './scan-source.ts';

/** Entry of the scanning thread: it reads, decompresses, scans and stages while the main thread commits. */
async function main(job: ScanJob): Promise<void> {
  try {
    await scanSource(job, process.stdin, report, faultsFrom(process.env));
    report({ kind: 'end' });
  } catch (error) {
    report({ kind: 'failed', failure: failureOf(error) });
  }
}

function report(message: ScanReport): void {
  invariant(parentPort !== null, 'the scanning thread is a worker');
  parentPort.postMessage(message);
}

function failureOf(error: unknown): ScanFailure {
  const known = error instanceof LeanOpsError ? error : fileError(error, 'staging messages', '');
  return { code: known.code, operation: known.details.operation, detail: known.details.detail };
}

await main(workerData);
