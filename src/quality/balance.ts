import { type BatchCounts, fatesSum } from '../semantic/fates.ts';
import type { GoneTotals } from './ledger.ts';

/** In messages or rows. A figure that could not be measured is unknown, never zero. */
export type Figure = number | { readonly unknown: string };

/** What each equation compares. Different parts of the system measure the two sides: an error in one shows. */
export interface BalanceFigures {
  readonly topic: string;
  readonly generation: number;
  /** Receptions, counted by the reader of the messages. */
  readonly received: Figure;
  /** Receptions that are still in a queue or spool, counted by that queue. */
  readonly pending: Figure;
  /** What at-least-once delivery on AWS adds to the intake. Absent in the embedded place. */
  readonly delivery?: DeliveryFigures;
  /** RAW's live rows, from its manifests. */
  readonly rawRows: Figure;
  /** RAW rows appended after the checkpoint, from the snapshots' summaries. */
  readonly backlog: Figure;
  /** Fates of the generation, counted by the batches that posted them. */
  readonly outcomes: BatchCounts;
  /** What was removed, counted by the commits that removed it. */
  readonly gone: GoneTotals;
  /** The semantic table's live rows, from its manifests. */
  readonly liveRows: Figure;
  /** The same, as the engine counted them in the last batch. */
  readonly liveRowsCounted: Figure;
  /** Rows of the errors table that no redrive has stamped, from its manifests. */
  readonly unstampedErrors: Figure;
  /** Dead letters ever stored, counted by the reader that stored them. */
  readonly deadLettersStored: Figure;
  /** Dead letters by status, counted by the store that holds them. */
  readonly deadLetters:
    | { readonly open: number; readonly replayed: number; readonly discarded: number }
    | Unknown;
  /** Snapshots of the semantic table that neither a batch nor maintenance of Lean-Ops wrote. */
  readonly foreignSnapshots: readonly ForeignSnapshot[];
  /** How far the intake's residual may be off for now, in receptions. Zero in the embedded place. */
  readonly settling: Settling;
}

/** Receptions younger than buffer and retry time: one side of the intake may know of them before the other. */
export interface Settling {
  /** Receptions that may still be under way. The residual may be this high. */
  readonly missing: number;
  /** Rows that the queue's figures may not show yet, or that may be copies. The residual may be as low as minus this. */
  readonly surplus: number;
}

/** Nothing may be under way. */
export const SETTLED: Settling = Object.freeze({ missing: 0, surplus: 0 });

interface Unknown {
  readonly unknown: string;
}

export interface DeliveryFigures {
  /** RAW rows that are copies of a reception that RAW held before, counted by the job that reads RAW. */
  readonly extraCopies: Figure;
  /** Records that could not be delivered into RAW, counted in the error objects that hold them. */
  readonly undelivered: Figure;
}

export interface ForeignSnapshot {
  readonly snapshotId: bigint;
  /** Rows added minus rows removed. null if its summary does not say. */
  readonly rows: number | null;
}

export type EquationName = 'intake' | 'processing' | 'table' | 'table_counted' | 'errors' | 'dead_letters';

export interface Term {
  readonly name: string;
  readonly side: 'left' | 'right';
  readonly value: Figure;
}

export interface Equation {
  readonly name: EquationName;
  /** Sums of the terms. null if one is unknown. */
  readonly left: number | null;
  readonly right: number | null;
  /** left − right. */
  readonly residual: number | null;
  readonly terms: readonly Term[];
}

export interface NamedResidual {
  readonly name: 'FOREIGN_WRITE';
  readonly equation: EquationName;
  readonly snapshotId: bigint;
  readonly rows: number | null;
}

export type BalanceStatus = 'balanced' | 'settling' | 'unbalanced' | 'unknown';

export interface TopicBalance {
  readonly topic: string;
  readonly generation: number;
  readonly status: BalanceStatus;
  readonly equations: readonly Equation[];
  readonly namedResiduals: readonly NamedResidual[];
  /** Why figures are unknown. Empty if all are known. */
  readonly unknown: readonly string[];
}

type Side = Readonly<Record<string, Figure>>;

/** Puts the figures into the equations of the water balance. Pure. */
export function balanceOf(figures: BalanceFigures): TopicBalance {
  const equations = equationsOf(figures);
  const namedResiduals = figures.foreignSnapshots.map(({ snapshotId, rows }) => {
    return { name: 'FOREIGN_WRITE', equation: 'table', snapshotId, rows } as const;
  });
  const unknown = equations.flatMap(({ terms }) => {
    return terms.flatMap(({ name, value }) =>
      typeof value === 'number' ? [] : [`${name}: ${value.unknown}`],
    );
  });
  const status = statusOf(equations, namedResiduals.length > 0, figures.settling);
  const { topic, generation } = figures;
  return { topic, generation, status, equations, namedResiduals, unknown: [...new Set(unknown)] };
}

/** The worst status of all topics: unbalanced is worst, then unknown, then settling. */
export function overallStatus(topics: readonly TopicBalance[]): BalanceStatus {
  const order: readonly BalanceStatus[] = ['unbalanced', 'unknown', 'settling'];
  return order.find((status) => topics.some((topic) => topic.status === status)) ?? 'balanced';
}

function equationsOf(figures: BalanceFigures): readonly Equation[] {
  const { rawRows, outcomes } = figures;
  const { erased, expired, unreached, carried, erasedRows, erasedErrors } = figures.gone;
  const letters = lettersOf(figures);
  const rows = { inserted: outcomes.inserted, carried, erased: -erasedRows };
  return [
    equation(
      'intake',
      { received: figures.received },
      {
        raw: rawRows,
        expired,
        erased,
        dead_lettered: letters.total,
        pending: figures.pending,
        ...deliveryTerms(figures.delivery),
      },
    ),
    equation(
      'processing',
      { raw: rawRows, expired, erased },
      { fates: fatesSum(outcomes), unreached, backlog: figures.backlog },
    ),
    equation('table', { live_rows: figures.liveRows }, rows),
    equation('table_counted', { live_rows_counted: figures.liveRowsCounted }, rows),
    equation(
      'errors',
      { unstamped_errors: figures.unstampedErrors },
      { rejected: outcomes.rejected, erased: -erasedErrors },
    ),
    equation(
      'dead_letters',
      { stored: figures.deadLettersStored },
      {
        open: letters.open,
        replayed: letters.replayed,
        discarded: letters.discarded,
        expired: letters.expired,
        erased: letters.erased,
      },
    ),
  ];
}

function deliveryTerms(delivery: DeliveryFigures | undefined): Side {
  if (delivery === undefined) return {};
  const { extraCopies, undelivered } = delivery;
  return { undelivered, extra_copies: typeof extraCopies === 'number' ? -extraCopies : extraCopies };
}

function lettersOf({
  deadLetters,
  gone,
}: BalanceFigures): Record<'open' | 'replayed' | 'discarded' | 'expired' | 'erased' | 'total', Figure> {
  const past = { expired: gone.expiredLetters, erased: gone.erasedLetters };
  if ('unknown' in deadLetters) {
    return { open: deadLetters, replayed: deadLetters, discarded: deadLetters, total: deadLetters, ...past };
  }
  const { open, replayed, discarded } = deadLetters;
  return { ...deadLetters, ...past, total: open + replayed + discarded + past.expired + past.erased };
}

function equation(name: EquationName, leftSide: Side, rightSide: Side): Equation {
  const left = sum(leftSide);
  const right = sum(rightSide);
  const terms = [...termsOf('left', leftSide), ...termsOf('right', rightSide)];
  return { name, left, right, residual: left === null || right === null ? null : left - right, terms };
}

function sum(side: Side): number | null {
  let total = 0;
  for (const value of Object.values(side)) {
    if (typeof value !== 'number') return null;
    total += value;
  }
  return total;
}

function termsOf(side: Term['side'], figures: Side): readonly Term[] {
  return Object.entries(figures).map(([name, value]) => ({ name, side, value }));
}

/** A known error outweighs an unknown figure. Only the intake can settle, and only within its bounds. */
function statusOf(
  equations: readonly Equation[],
  foreign: boolean,
  { missing, surplus }: Settling,
): BalanceStatus {
  const open = equations.filter(({ residual }) => residual !== null && residual !== 0);
  const underWay = open.every(({ name, residual }) => {
    return name === 'intake' && residual !== null && residual <= missing && residual >= -surplus;
  });
  if (foreign || (open.length > 0 && !underWay)) return 'unbalanced';
  if (equations.some(({ residual }) => residual === null)) return 'unknown';
  return open.length > 0 ? 'settling' : 'balanced';
}
