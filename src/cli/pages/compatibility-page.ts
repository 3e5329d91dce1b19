import type { ChangeKind } from '../../contract/change.ts';
import {
  COMPATIBILITY_CELLS,
  COMPATIBILITY_RULES,
  type CompatibilityCell,
  type CompatibilityRule,
  type Direction,
} from '../../contract/compatibility.ts';

const INTRODUCTION = `<!-- Made by \`npm run docs\` from src/contract/compatibility.ts; edit that. -->
# Compatibility

The custom property \`compatibility\` of a contract says how its next version may differ (default BACKWARD). The mode
of the new file counts. A changed contract is held against the registered versions when it is registered: by the next
\`semantic\` batch, or by \`schema register\`; \`schema check\` tells beforehand.

- **backward**: the new contract takes the messages of producers that follow the old one.
- **forward**: whoever reads the table by the old contract can read what the new one puts into it.

A change that breaks what its mode asks for is refused with CONTRACT_INCOMPATIBLE. Some changes the existing table
cannot follow whatever the mode says (another type, path, key, masking or reading of times, a column that becomes
required, a column that returns as something else): these are refused with REBUILD_REQUIRED. \`rebuild\` takes up either,
since it derives the table anew. The modes that end in _ALL go on to hold against versions from before a rebuild.
`;

/** What each kind of change is, in a person's words. */
const CHANGES: Readonly<Record<ChangeKind, string>> = {
  'added-optional': 'a new property that may be absent',
  'added-required': 'a new property, required or critical',
  removed: 'a property is gone that could be absent',
  'removed-required': 'a property is gone that was required or critical',
  widened: 'int → long, float → double, a decimal with more digits',
  type: 'any other type, a narrower one included',
  path: 'the value is read from another place',
  key: 'other key columns, or another order of them',
  masking: 'other masking, more or less of it',
  partition: 'other partitioning',
  'rule-stricter':
    'a rule comes or tightens; a property becomes required; onTypeMismatch: null → reject; acceptNumericStrings: true → false',
  'rule-looser': 'a rule goes or loosens; a property is no longer required',
  'rule-other': 'a rule changes both ways, or nobody can tell, as with another pattern',
  'rule-same': 'a rule is written in another way; required ↔ critical',
  'takes-more': 'onTypeMismatch: reject → null; acceptNumericStrings: false → true',
  reading: 'epoch or truncate of a timestamp',
  order: 'the properties stand in another order',
  intake: 'envelope, publishTime, idempotencyKey (where it is not the key)',
  operation: 'freshness, retention, compatibility',
  description: 'descriptions; not a new version by themselves',
};

/** docs/compatibility.md. */
export function compatibilityPage(): string {
  return [INTRODUCTION, modesSection(), changesSection(), reasonsSection()].join('\n');
}

function modesSection(): string {
  const rows = Object.entries(COMPATIBILITY_RULES).map(([mode, rule]) => {
    const asks = rule.directions.length === 0 ? 'nothing' : rule.directions.join(' and ');
    return `| \`${mode}\` | ${asks} | ${rule.directions.length === 0 ? '-' : AGAINST[rule.against]} |`;
  });
  return ['## Modes\n', '| mode | asks for | against |', '|---|---|---|', ...rows, ''].join('\n');
}

const AGAINST: Readonly<Record<CompatibilityRule['against'], string>> = {
  latest: 'the latest version',
  all: 'every version',
};

/** One column a mode; those that end in _ALL allow the same as their namesakes. */
function changesSection(): string {
  const modes = Object.entries(COMPATIBILITY_RULES).filter(([, { against }]) => against === 'latest');
  const head = modes.map(([mode]) => (mode === 'NONE' ? mode : `${mode}(_ALL)`));
  const rows = entries().map(([kind, cells]) => {
    const allowed = modes.map(([, { directions }]) =>
      directions.every((direction) => cells[direction].keeps) ? 'yes' : '**no**',
    );
    return `| ${kind} | ${CHANGES[kind]} | ${allowed.join(' | ')} |`;
  });
  return [
    '## Which change is allowed under which mode\n',
    `| change | what it is | ${head.join(' | ')} |`,
    `|---|---|${'---|'.repeat(head.length)}`,
    ...rows,
    '',
  ].join('\n');
}

function reasonsSection(): string {
  const reason = ({ keeps, why }: CompatibilityCell): string => `${keeps ? 'kept' : '**broken**'}: ${why}`;
  const rows = entries().map(
    ([kind, { backward, forward }]) => `| ${kind} | ${reason(backward)} | ${reason(forward)} |`,
  );
  return ['## Why\n', '| change | backward | forward |', '|---|---|---|', ...rows, ''].join('\n');
}

function entries() {
  return Object.entries(COMPATIBILITY_CELLS) as [ChangeKind, Record<Direction, CompatibilityCell>][];
}
