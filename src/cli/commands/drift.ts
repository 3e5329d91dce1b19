import { type DriftFinding, readDrift } from '../../duckdb/drift/drift.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import { type CommandSpec, TOPICS } from '../command/command.ts';
import { listArgument, switchOption } from '../command/read-call.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import { type Cell, table } from '../terminal/table.ts';
import { counted, instant, moment } from '../terminal/words.ts';

export const command: CommandSpec = {
  name: 'drift',
  summary: 'list where messages differ from their contracts',
  details:
    'Prints one line per path and kind: rows of the current generation, their share of all rows, and the shape of a sample. It never shows values. MISSING_PATH counts rows that lack a member of the contract. Drift blocks nothing. `drift accept` adds a path to the contract; `drift mute` hides it.',
  arguments: [TOPICS],
  options: [{ flag: '--all', summary: 'include muted drift' }],
  examples: [
    { line: 'lean-ops drift orders', does: 'Shows new, mistyped and broken fields of orders.' },
    { line: 'lean-ops drift --json', does: 'Prints the drift of every topic as JSON.' },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topics = await stateTopics(workspace, listArgument(call, 'TOPIC'));
      const all = await readDrift(workspace, topics, context.signal);
      const found = switchOption(call, 'all') ? all : all.filter(({ muted }) => !muted);
      const hidden = all.length - found.length;
      return {
        exit: 0,
        json: { drift: found.map(findingJson), muted: hidden },
        lines: [...linesOf(found), ...(hidden > 0 ? [`${hidden} muted. Use --all to show them.`] : [])],
      };
    }),
};

function findingJson({ topic, path, kind, firstSeen, lastSeen, rows, share, muted, sample }: DriftFinding) {
  return {
    topic,
    path,
    kind,
    first_seen: instant(firstSeen),
    last_seen: instant(lastSeen),
    rows,
    share,
    muted,
    sample,
  };
}

function linesOf(found: readonly DriftFinding[]): readonly string[] {
  if (found.length === 0) return ['no drift'];
  const head = ['topic', 'path', 'kind', 'rows', 'share', 'first seen', 'last seen', 'sample'];
  const rows = found.map((each): Cell[] => [
    each.topic,
    each.path,
    each.kind,
    each.rows,
    shareText(each.share),
    moment(each.firstSeen),
    moment(each.lastSeen),
    each.sample,
  ]);
  return [...table(head, rows), counted(found.length, 'finding')];
}

/** A share above zero is never printed as 0 %. */
function shareText(share: number | null): string {
  if (share === null) return 'unknown';
  return share < 0.001 ? '< 0.1 %' : `${(share * 100).toFixed(1)} %`;
}
