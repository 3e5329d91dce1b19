import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadContract } from '../../src/contract/load.ts';
import type { Topic } from '../../src/contract/model.ts';
import { invariant } from '../../src/errors/error.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');
const NEWLINE = 0x0a;
/** The example's line of one megabyte is left out: repeating it would test nothing more. */
const MAX_LINE_BYTES = 100_000;

/** A workspace with the example contract of orders and the given configuration. */
export function makeWorkspace(root: string, config: string): Topic {
  mkdirSync(join(root, 'topics'), { recursive: true });
  const file = join(root, 'topics', 'orders.odcs.yaml');
  cpSync(join(EXAMPLES, 'workspace', 'topics', 'orders.odcs.yaml'), file);
  const loaded = loadContract(file, readFileSync(file));
  invariant(loaded.ok, 'the example contract loads');
  writeFileSync(join(root, 'lean-ops.yaml'), config);
  return loaded.topic;
}

/** Every line of both example deliveries except the giant one. */
export function orderLines(): readonly Buffer[] {
  return ['orders', 'orders-late'].flatMap((name) =>
    linesOf(readFileSync(join(EXAMPLES, 'messages', `${name}.ndjson`))).filter(
      ({ length }) => length < MAX_LINE_BYTES,
    ),
  );
}

function linesOf(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, start) + 1;
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  return lines;
}
