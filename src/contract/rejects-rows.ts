import type { Column, Gate, Topic } from './model.ts';

/** Rules of quality[] that reject rows. Options of the type only empty a column that may be empty. */
const ROW_RULES: ReadonlySet<Gate['kind']> = new Set(['validValues', 'validPattern', 'missingValues']);

/** Whether a value that breaks the column's type or rules rejects its row. Otherwise it becomes NULL and drift. */
export function rejectsRows(column: Column, topic: Pick<Topic, 'onTypeMismatch'>): boolean {
  return (
    column.keyPosition !== null ||
    column.cde ||
    column.required ||
    topic.onTypeMismatch === 'reject' ||
    column.gates.some(({ kind }) => ROW_RULES.has(kind))
  );
}
