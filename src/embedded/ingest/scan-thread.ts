import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { LeanOpsError } from '../../errors/error.ts';
import type { ScanJob, ScanReport } from './protocol.ts';

/** Compiled, the thread's file ends like this one. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.js',
  import.meta.url,
);

/** The scanning thread as the main thread sees it: a queue of reports. */
export class ScanThread {
  private readonly worker: Worker;
  private readonly reports: ScanReport[] = [];
  private wake: () => void = () => undefined;
  private crash: Error | null = null;

  /** `input`: what the thread reads as its standard input. Ends itself where the signal aborts. */
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
    this.worker.on('exit', (code) => this.fail(new Error(`the scanning thread ended with ${code}`)));
    signal.addEventListener('abort', () => this.wake(), { once: true });
    if (input !== null) this.feed(input);
  }

  /** The next report, in order; null once the signal aborted. */
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
    // Once the thread has failed it takes no more; its own report says why.
    if (stdin !== null) pipeline(input, stdin).catch((error: Error) => this.fail(error));
  }

  private fail(error: Error): void {
    this.crash ??= error;
    this.wake();
  }
}

/** Unlike the main thread's modules, a thread's are compiled anew at each start, unless it is told where they are kept. */
function threadEnvironment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  // Node adds the folder of its own version.
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(cache) };
}
