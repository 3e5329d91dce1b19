import { isDeepStrictEqual } from 'node:util';
import { compareDecimals, parseDecimal } from './decimal.ts';
import type { Gate } from './model.ts';

/** How the values that pass a column's gates change. */
export type GateDirection = 'stricter' | 'looser' | 'same' | 'other';

/**
 * Whether fewer (stricter) or more (looser) values pass than before. 'other' if it is both, or if it cannot be decided,
 * as between two patterns. A value must pass every gate, so one more gate is stricter.
 */
export function compareGates(before: readonly Gate[], after: readonly Gate[]): GateDirection {
  const gone = before.filter((gate) => !after.some((other) => isDeepStrictEqual(gate, other)));
  const come = after.filter((gate) => !before.some((other) => isDeepStrictEqual(gate, other)));
  const kinds = [...new Set([...gone, ...come].map(({ kind }) => kind))];
  const directions = kinds.map((kind) =>
    compareKind(
      gone.filter((gate) => gate.kind === kind),
      come.filter((gate) => gate.kind === kind),
    ),
  );
  const moved = [...new Set(directions.filter((direction) => direction !== 'same'))];
  return moved.length === 0 ? 'same' : moved.length === 1 ? (moved[0] ?? 'other') : 'other';
}

function compareKind(gone: readonly Gate[], come: readonly Gate[]): GateDirection {
  if (gone.length === 0) return 'stricter';
  if (come.length === 0) return 'looser';
  const [before, ...moreBefore] = gone;
  const [after, ...moreAfter] = come;
  if (before === undefined || after === undefined || moreBefore.length + moreAfter.length > 0) return 'other';
  return compareGate(before, after);
}

/** Two gates of one kind that differ. */
function compareGate(before: Gate, after: Gate): GateDirection {
  switch (before.kind) {
    case 'minLength':
      return after.kind === before.kind ? byOrder(after.length - before.length) : 'other';
    case 'maxLength':
      return after.kind === before.kind ? byOrder(before.length - after.length) : 'other';
    case 'minimum':
      return after.kind === before.kind ? byOrder(boundOrder(before, after)) : 'other';
    case 'maximum':
      return after.kind === before.kind ? byOrder(boundOrder(before, after, (order) => -order)) : 'other';
    case 'validValues':
      return after.kind === before.kind ? compareSets(before.values, after.values) : 'other';
    case 'missingValues':
      return after.kind === before.kind ? compareSets(after.values, before.values) : 'other';
    case 'pattern':
    case 'validPattern':
      return 'other';
  }
}

type Bound = Extract<Gate, { kind: 'minimum' | 'maximum' }>;

/** Positive: the later bound lets fewer numbers pass. `direction` reverses the order for an upper bound. */
function boundOrder(before: Bound, after: Bound, direction = (order: number): number => order): number {
  const [was, is] = [parseDecimal(before.bound), parseDecimal(after.bound)];
  if (was === null || is === null) return Number.NaN;
  const order = direction(compareDecimals(is, was));
  return order !== 0 ? order : Number(after.exclusive) - Number(before.exclusive);
}

function byOrder(order: number): GateDirection {
  if (Number.isNaN(order)) return 'other';
  return order > 0 ? 'stricter' : order < 0 ? 'looser' : 'same';
}

function compareSets(before: readonly string[], after: readonly string[]): GateDirection {
  const fewer = before.some((value) => !after.includes(value));
  const more = after.some((value) => !before.includes(value));
  if (fewer === more) return fewer ? 'other' : 'same';
  return fewer ? 'stricter' : 'looser';
}
