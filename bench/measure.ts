/**
 * One measurement against its yardstick. Both run interleaved in one process, because the speed of a machine
 * drifts.
 */
export interface Comparison {
  readonly name: string;
  readonly target: number;
  /** true: the ratio must be at most the target. */
  readonly atMost: boolean;
  readonly ours: () => Promise<void>;
  readonly yardstick: () => Promise<void>;
}

export interface Measured {
  readonly name: string;
  /** Medians, in seconds. */
  readonly ours: number;
  readonly yardstick: number;
  /** Median of the ratios run by run. */
  readonly ratio: number;
  readonly target: string;
  readonly met: boolean;
}

/** Runs both in turn, `rounds` times after one round that is not counted. */
export async function compare(comparison: Comparison, rounds: number): Promise<Measured> {
  const pairs: (readonly [number, number])[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const yardstick = await secondsOf(comparison.yardstick);
    const ours = await secondsOf(comparison.ours);
    if (round > 0) pairs.push([ours, yardstick]);
  }
  const ratio = median(pairs.map(([ours, yardstick]) => ours / yardstick));
  return {
    name: comparison.name,
    ours: median(pairs.map(([ours]) => ours)),
    yardstick: median(pairs.map(([, yardstick]) => yardstick)),
    ratio,
    target: `${comparison.atMost ? '≤' : '≥'} ${comparison.target}`,
    met: comparison.atMost ? ratio <= comparison.target : ratio >= comparison.target,
  };
}

export async function secondsOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [
    sorted[Math.max(0, Math.ceil(sorted.length / 2) - 1)] ?? Number.NaN,
    sorted[middle] ?? Number.NaN,
  ];
  return (low + high) / 2;
}

export function printTable(rows: readonly Measured[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  const cells = rows.map((row) => [
    row.name,
    row.ours.toFixed(2),
    row.yardstick.toFixed(2),
    row.ratio.toFixed(2),
    row.target,
    row.met ? 'met' : 'missed',
  ]);
  const table = [['work', 'ours (s)', 'yardstick (s)', 'ratio', 'target', ''], ...cells];
  const widths = (table[0] ?? []).map((_cell, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  for (const row of table)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}
