import { Presets, SingleBar } from 'cli-progress';
import { duration } from '../../quality/duration.ts';
import type { ProgressBar } from './progress.ts';
import { bytes } from './words.ts';

/** A rate that is measured for less than this is not meaningful. Milliseconds. */
const FIRST_ESTIMATE_MS = 1_000;

/** A bar on standard error with an estimate of the remaining time. It shows a plain count if the total is unknown. */
export function openProgressBar(label: string, unit: 'bytes' | 'steps'): ProgressBar {
  const startedAt = performance.now();
  const options = {
    format: `${label} {bar} {figures}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    fps: 8,
  };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(1, 0, { figures: '' });
  return {
    update({ done, total, note }) {
      bar.setTotal(Math.max(total ?? done, 1));
      bar.update(total === null ? 0 : done, {
        figures: unit === 'steps' ? note : figures(done, total, note, performance.now() - startedAt),
      });
    },
    stop() {
      bar.stop();
    },
  };
}

function figures(done: number, total: number | null, note: string, elapsed: number): string {
  const amount = total === null ? bytes(done) : `${bytes(done)} of ${bytes(total)}`;
  const known = total !== null && done > 0 && elapsed >= FIRST_ESTIMATE_MS;
  const left = known ? ` · ${duration((elapsed / done) * (total - done))} left` : '';
  return `${amount} · ${note}${left}`;
}
