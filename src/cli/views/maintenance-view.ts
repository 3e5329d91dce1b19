import type { MaintenanceResult } from '../../embedded/maintain/maintain.ts';
import type { MaintenanceAction } from '../../embedded/maintain/table-run.ts';
import { round } from '../command/times.ts';
import { type Cell, table } from '../terminal/table.ts';
import { bytes, counted } from '../terminal/words.ts';

/** The result of maintenance of one topic, for --json. Seconds have three decimals. */
export function maintenanceJson({ topic, result, detail, actions, seconds }: MaintenanceResult) {
  return {
    topic,
    result,
    ...(detail === null ? {} : { detail }),
    actions: actions.map(({ table: name, action, before, after, removed }) => ({
      table: name,
      action,
      before,
      after,
      removed_files: removed.files,
      removed_bytes: removed.bytes,
    })),
    seconds: round(seconds),
  };
}

/** One line per action, then the total that was freed. */
export function maintenanceLines(results: readonly MaintenanceResult[], dryRun: boolean): readonly string[] {
  const actions = results.flatMap((result) => result.actions);
  const locked = results
    .filter(({ result }) => result === 'locked')
    .map(({ topic, detail }) => `${topic}: skipped, ${detail ?? 'another run holds it'}`);
  if (actions.length === 0) return [...locked, ...(locked.length > 0 ? [] : ['nothing to do'])];
  const rows = actions.map((action): Cell[] => [
    action.table,
    action.action,
    changesOf(action),
    freedOf(action),
  ]);
  const files = actions.reduce((sum, { removed }) => sum + removed.files, 0);
  const freed = actions.reduce((sum, { removed }) => sum + removed.bytes, 0);
  const words = dryRun ? 'would be deleted (dry run)' : 'deleted';
  return [
    ...table(['table', 'action', 'from → to', dryRun ? 'would free' : 'freed'], rows),
    ...locked,
    `${counted(files, 'file')}, ${bytes(freed)} ${words}`,
  ];
}

/** The figures that changed: `data files 40 → 1`. */
function changesOf({ before, after }: MaintenanceAction): string {
  return Object.entries(before)
    .flatMap(([name, from]) => {
      const to = after[name];
      if (to === undefined || to === from) return [];
      const shown = (value: number): string => (name === 'bytes' ? bytes(value) : String(value));
      return [`${name.replaceAll('_', ' ')} ${shown(from)} → ${shown(to)}`];
    })
    .join(', ');
}

function freedOf({ removed }: MaintenanceAction): string {
  return removed.files === 0 ? '' : `${counted(removed.files, 'file')}, ${bytes(removed.bytes)}`;
}
