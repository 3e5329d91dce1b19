import type { DraftColumn } from './columns.ts';
import { type Cursor, show } from './cursor.ts';
import { typeText } from './gates.ts';
import type { Column, QualityRule } from './model.ts';
import type { DraftRule } from './quality.ts';
import { didYouMean } from './suggest.ts';

/** Each batch measures every rule over the whole table. */
const MAX_RULES = 100;

/** The table rules of a contract, those of the table first. Reports problems that only all rules together show. */
export function checkRules(
  table: readonly DraftRule[],
  drafts: readonly DraftColumn[],
): readonly QualityRule[] {
  const all = [...table, ...drafts.flatMap(({ rules }) => rules)];
  const names = new Set<string>();
  for (const [index, { rule, at }] of all.entries()) {
    if (index === MAX_RULES)
      at.fail(
        `more than ${MAX_RULES} rules on the table`,
        'Each rule costs every batch a pass. Keep those that matter.',
      );
    if (names.has(rule.name))
      (at.get('name') ?? at.get('id') ?? at).fail(
        `a second rule is called ${show(rule.name)}`,
        'Give each rule its own name, which identifies its results.',
      );
    names.add(rule.name);
    if (rule.metric === 'duplicateValues') checkDuplicates(at, rule, drafts);
  }
  return all.map(({ rule }) => rule);
}

function checkDuplicates(at: Cursor, rule: QualityRule, drafts: readonly DraftColumn[]): void {
  const columns = drafts.map(({ column }) => column);
  const list = at.get('arguments')?.get('properties')?.list() ?? [];
  for (const [index, name] of rule.columns.entries()) {
    const place = list[index] ?? at.get('metric') ?? at;
    const column = columns.find((one) => one.name === name);
    if (column === undefined)
      place.fail(
        `the contract has no column ${show(name)}`,
        didYouMean(
          name,
          columns.map((one) => one.name),
          'Use the names of the columns in the table.',
        ),
      );
    else checkComparable(place, column);
    if (rule.columns.indexOf(name) !== index) place.fail(`${show(name)} is listed twice`, 'Remove one.');
  }
}

function checkComparable(at: Cursor, { type, masking }: Column): void {
  if (type.kind === 'json' || type.kind === 'float' || type.kind === 'double')
    at.fail(
      `equal values of a ${typeText(type)} column can be written differently`,
      'Check for duplicates in string, integer, decimal, date, timestamp or boolean columns.',
    );
  if (masking !== null && masking.kind !== 'hash')
    at.fail(
      `masking by ${masking.kind} makes different values equal`,
      'Mask by hash, which keeps different values different, or leave out the column.',
    );
}
