import { type ContractChange, classifyChange } from './change.ts';
import type { Column, Topic } from './model.ts';

/**
 * Changes of columns that an earlier version had, the latest lacks, and the next has again. The table kept them, so
 * their old rows must still mean the same. Gives only changes that need a rebuild. `history` is oldest first.
 */
export function returningChanges(history: readonly Topic[], next: Topic): readonly ContractChange[] {
  const latest = history.at(-1);
  if (latest === undefined) return [];
  const present = new Set(latest.columns.map(({ name }) => name));
  return next.columns
    .filter(({ name }) => !present.has(name))
    .flatMap((column) => {
      const last = lastForm(history, column.name);
      return last === null ? [] : classifyChange(only(next, last), only(next, column));
    })
    .filter(({ effect }) => effect === 'rebuild');
}

function lastForm(history: readonly Topic[], name: string): Column | null {
  const forms = history.flatMap(({ columns }) => columns.filter((column) => column.name === name));
  return forms.at(-1) ?? null;
}

/** The topic with this column only: nothing else can differ. */
function only(topic: Topic, column: Column): Topic {
  return { ...topic, columns: [column] };
}
