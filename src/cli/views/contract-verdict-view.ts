import type { ContractChange } from '../../contract/change.ts';
import type { ContractVerdict } from '../../pipeline/contracts/contract-verdict.ts';
import type { Paint, Style } from '../terminal/terminal.ts';

/** A topic with the verdict about its contract file against the registry. */
export interface JudgedTopic {
  readonly topic: string;
  readonly judged: ContractVerdict;
}

/** Whether the contract cannot become a version without a rebuild or another compatibility. */
export function isRefused({ judged }: JudgedTopic): boolean {
  return judged.verdict === 'incompatible' || judged.verdict === 'rebuild';
}

/** The verdict about one contract, for --json. */
export function verdictJson({ topic, judged }: JudgedTopic) {
  const { verdict, mode, latest, changes, incompatibilities } = judged;
  return {
    topic,
    verdict,
    compatibility: mode,
    latest_version: latest?.version ?? null,
    changes: changes.map(changeJson),
    incompatibilities: incompatibilities.map(({ version, direction, change, why }) => {
      return { version, direction, ...changeJson(change), why };
    }),
  };
}

/** One change of a contract, for --json. */
export function changeJson({ kind, column, effect, detail }: ContractChange) {
  return { kind, column, effect, detail };
}

/** The verdict about one contract with its changes, reasons and remedy, for people. */
export function verdictLines(each: JudgedTopic, paint: Paint): readonly string[] {
  const { topic, judged } = each;
  const reasons = judged.incompatibilities.map(({ version, direction, change, why }) => {
    return `  ${paint('red', `not ${direction} compatible`)} with version ${version}: ${change.detail} ${why}`;
  });
  const remedy = isRefused(each)
    ? [`  remedy  Undo the change, ${otherMode(judged)}or run \`lean-ops rebuild ${topic}\`.`]
    : [];
  return [headline(each, paint), ...changeLines(judged.changes, paint), ...reasons, ...remedy];
}

function otherMode({ verdict, mode }: ContractVerdict): string {
  return verdict === 'incompatible' ? `choose a compatibility other than ${mode}, ` : '';
}

function headline({ topic, judged }: JudgedTopic, paint: Paint): string {
  const version = judged.latest?.version ?? 0;
  switch (judged.verdict) {
    case 'new':
      return `${topic}: ${paint('green', 'accepted')}, the first version`;
    case 'unchanged':
      return `${topic}: unchanged, the same as version ${version}`;
    case 'accepted':
      return `${topic}: ${paint('green', 'accepted')} under ${judged.mode}, after version ${version}`;
    case 'incompatible':
      return `${topic}: ${paint('red', 'refused')} under ${judged.mode}, after version ${version}`;
    case 'rebuild':
      return `${topic}: ${paint('red', 'refused')}, needs a rebuild after version ${version}`;
  }
}

const EFFECT_STYLES: Readonly<Record<ContractChange['effect'], Style>> = {
  none: 'dim',
  evolve: 'cyan',
  rebuild: 'red',
};
const EFFECT_TEXTS: Readonly<Record<ContractChange['effect'], string>> = {
  none: 'table unchanged',
  evolve: 'table evolves',
  rebuild: 'rebuild needed',
};

/** One line per change; its effect on the table comes first. */
export function changeLines(changes: readonly ContractChange[], paint: Paint): readonly string[] {
  return changes.map(({ effect, detail }) => {
    return `  ${paint(EFFECT_STYLES[effect], EFFECT_TEXTS[effect].padEnd(15))}  ${detail}`;
  });
}
