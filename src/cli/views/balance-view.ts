import type { DeepBalance } from '../../duckdb/batch/deep-balance.ts';
import {
  type BalanceStatus,
  type Equation,
  type Figure,
  overallStatus,
  type TopicBalance,
} from '../../quality/balance.ts';
import type { Json } from '../command/command.ts';
import { type Cell, table } from '../terminal/table.ts';
import type { Paint, Style } from '../terminal/terminal.ts';
import { count } from '../terminal/words.ts';

const COLOURS: Readonly<Record<BalanceStatus, Style>> = {
  balanced: 'green',
  settling: 'yellow',
  unbalanced: 'red',
  unknown: 'yellow',
};

/** The `balance` document. */
export function balanceJson(
  topics: readonly TopicBalance[],
  deep: readonly DeepBalance[] = [],
): { readonly [key: string]: Json } {
  return {
    status: overallStatus(topics),
    topics: topics.map(({ topic, generation, status, equations, namedResiduals, unknown }) => ({
      topic,
      generation,
      status,
      equations: equations.map(({ name, left, right, residual, terms }) => ({
        name,
        left,
        right,
        residual,
        terms: terms.map(({ name: term, side, value }) => ({ name: term, side, value: figureJson(value) })),
      })),
      named_residuals: namedResiduals.map(({ name, equation, snapshotId, rows }) => ({
        name,
        equation,
        snapshot_id: snapshotId.toString(),
        rows,
      })),
      unknown: [...unknown],
      ...deepJson(deep.find((each) => each.topic === topic)),
    })),
  };
}

function deepJson(deep: DeepBalance | undefined): { readonly [key: string]: Json } {
  if (deep === undefined) return {};
  const { status, reason, rows, differing, keys, differingErrors } = deep;
  return { deep: { status, reason, rows, differing, keys: [...keys], differing_errors: differingErrors } };
}

/** 1 if a topic is unbalanced or unknown. A topic that settles is not a failure. */
export function balanceExit(topics: readonly TopicBalance[]): 0 | 1 {
  const status = overallStatus(topics);
  return status === 'balanced' || status === 'settling' ? 0 : 1;
}

/** One row for each equation of each topic, with the figures of both sides, and then the findings. */
export function balanceLines(topics: readonly TopicBalance[], paint: Paint): readonly string[] {
  const rows = topics.flatMap(({ topic, equations }) =>
    equations.map((equation): Cell[] => [
      topic,
      equation.name,
      sideText(equation, 'left'),
      sideText(equation, 'right'),
      residualText(equation, paint),
    ]),
  );
  const findings = topics.flatMap(({ topic, namedResiduals, unknown }) => [
    ...namedResiduals.map(
      ({ name, snapshotId }) =>
        `${paint('red', name)} ${topic}: snapshot ${snapshotId} was not written by Lean-Ops`,
    ),
    ...unknown.map((reason) => `${paint('yellow', 'unknown')} ${topic}: ${reason}`),
  ]);
  return [
    ...table(['topic', 'equation', 'left', 'right', 'residual'], rows),
    ...findings,
    statusText(overallStatus(topics), paint),
  ];
}

/** The status of a balance in its colour. */
export function statusText(status: BalanceStatus, paint: Paint): string {
  return paint(COLOURS[status], status);
}

function sideText(equation: Equation, side: 'left' | 'right'): string {
  const terms = equation.terms.filter((term) => term.side === side);
  const sum = equation[side];
  const words = terms.map(({ name, value }) => `${name} ${figureText(value)}`).join(' + ');
  return terms.length > 1 ? `${sum === null ? '?' : count(sum)} = ${words}` : words;
}

function residualText({ residual }: Equation, paint: Paint): string {
  if (residual === null) return paint('yellow', 'unknown');
  return residual === 0 ? paint('green', '0') : paint('red', `${residual > 0 ? '+' : ''}${count(residual)}`);
}

function figureText(figure: Figure): string {
  return typeof figure === 'number' ? count(figure) : '?';
}

function figureJson(figure: Figure): Json {
  return typeof figure === 'number' ? figure : { unknown: figure.unknown };
}
