import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { LeanOpsError } from '../../errors/error.ts';
import type { ScanJob, ScanReport } from './protocol.ts';

/** The suffix of the thread's file: .ts in a checkout, .js in the package. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.js',
  import.meta.url,
);

/** The main thread's view of the scanning thread: a queue of reports. */
export class ScanThread {
  private readonly worker: Worker;
  private readonly reports: ScanReport[] = [];
  private wake: () => void = () => undefined;
  private crash: Error | null = null;

  /** `input`: the thread's standard input. The thread ends if the signal aborts. */
  constructor(job: ScanJob, input: Readable | null, signal: AbortSignal) {
    this.worker = new Worker(WORKER, {
      workerData: job,
      env: threadEnvironment(),
      transferList: [job.permits],
      stdin: input !== null,
    });
    this.worker.on('message', (report: ScanReport) => {
      this.reports.push(report);
      this.wake();
    });
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', (code) => this.fail(new Error(`the scanning thread ended with code ${code}`)));
    signal.addEventListener('abort', () => this.wake(), { once: true });
    if (input !== null) this.feed(input);
  }

  /** The next report, in order; null after the signal aborted. */
  async next(signal: AbortSignal): Promise<ScanReport | null> {
    for (;;) {
      if (signal.aborted) return null;
      const report = this.reports.shift();
      if (report !== undefined) return report;
      if (this.crash !== null) {
        const details = { operation: 'scanning the input', detail: this.crash.message, cause: this.crash };
        throw new LeanOpsError('INTERNAL', details);
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private feed(input: Readable): void {
    const { stdin } = this.worker;
    // A failed thread accepts no more permits. Its own report has the reason.
    if (stdin !== null) pipeline(input, stdin).catch((error: Error) => this.fail(error));
  }

  private fail(error: Error): void {
    this.crash ??= error;
    this.wake();
  }
}

/** A thread compiles its modules at each start unless it knows the compile cache. The main thread has it already. */
function threadEnvironment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  // Node appends a folder for its version.
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(cache) };
}
