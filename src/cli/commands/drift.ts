import { type DriftFinding, readDrift } from '../../duckdb/drift/drift.ts';
import { type CommandSpec, TOPICS } from '../command/command.ts';
import { listArgument, switchOption } from '../command/read-call.ts';
import { type Cell, table } from '../terminal/table.ts';
import { counted, instant, moment } from '../terminal/words.ts';
import { stateTopics } from '../work/topics.ts';
import { withWorkspace } from '../work/workspace.ts';

export const command: CommandSpec = {
  name: 'drift',
  summary: 'list where messages differ from their contracts',
  details:
    'One line for each path and kind, with the rows of the current generation that show it, their share of all, and the shape of a sample; values are never shown. MISSING_PATH counts rows without a member that the contract names. Drift blocks nothing; `drift accept` takes a path into the contract, `drift mute` silences it.',
  arguments: [TOPICS],
  options: [{ flag: '--all', summary: 'muted drift too' }],
  examples: [
    { line: 'lean-ops drift orders', does: 'Shows new, mistyped and broken fields of orders.' },
    { line: 'lean-ops drift --json', does: 'The same of every topic, for a program.' },
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
        lines: [...linesOf(found), ...(hidden > 0 ? [`${hidden} muted, see --all`] : [])],
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

/** A share that is there never shows as 0 %. */
function shareText(share: number | null): string {
  if (share === null) return 'unknown';
  return share < 0.001 ? '< 0.1 %' : `${(share * 100).toFixed(1)} %`;
}
