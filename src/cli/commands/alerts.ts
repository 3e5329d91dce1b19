import { checkAlerts, openAlerts } from '../../embedded/alerts/check.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import type { LeanOpsError } from '../../errors/error.ts';
import { sentences } from '../../errors/sentences.ts';
import type { Severity } from '../../errors/spec.ts';
import type { Alert } from '../../quality/alerts/alert.ts';
import { isPressing } from '../../quality/alerts/notices.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import type { CommandSpec, Context } from '../command/command.ts';
import { errorJson, errorLines } from '../command/output.ts';
import { switchOption } from '../command/read-call.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import { type Cell, table } from '../terminal/table.ts';
import type { Paint, Style } from '../terminal/terminal.ts';
import { instant, moment } from '../terminal/words.ts';

const STYLES: Readonly<Record<Severity, Style>> = {
  critical: 'red',
  error: 'red',
  warning: 'yellow',
  info: 'dim',
};

export const command: CommandSpec = {
  name: 'alerts',
  summary: 'list open problems and what to do about them',
  details:
    'Commands that change a workspace check for problems when they end, and send notifications to the targets that lean-ops.yaml lists. Each problem is one alert, from detection until it clears. Schedule --check: without scheduled checks, nothing notices that messages stopped. Exits with 1 if an alert of severity error or critical is open.',
  arguments: [],
  options: [{ flag: '--check', summary: 'check all topics now and send pending notifications' }],
  examples: [
    { line: 'lean-ops alerts', does: 'Lists the open alerts of the last check.' },
    {
      line: 'lean-ops alerts --check --quiet',
      does: 'For cron: checks all topics, sends notifications, and exits with 1 if an alert is an error or critical.',
    },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const { open, failures } = switchOption(call, 'check')
        ? await look(workspace, context)
        : { open: openAlerts(await workspace.store.alerts()), failures: [] };
      const { paint } = context.terminal;
      return {
        exit: open.some(({ finding }) => isPressing(finding.severity)) ? 1 : 0,
        json: { alerts: open.map(alertJson), undelivered: failures.map((error) => errorJson(error)) },
        lines: [
          ...alertLines(open, paint),
          ...failures.flatMap((error) => ['', ...errorLines(error, paint)]),
        ],
      };
    }),
};

async function look(
  workspace: Workspace,
  { env, signal, terminal }: Context,
): Promise<{ readonly open: readonly Alert[]; readonly failures: readonly LeanOpsError[] }> {
  const topics = await stateTopics(workspace, []);
  const outlets = { environment: env, writeLine: terminal.warn };
  // A topic that neither a contract nor the state knows is never checked again.
  const gone = (await workspace.store.alerts())
    .filter(({ topic }) => !topics.includes(topic))
    .map(({ topic, kind }) => ({ topic, kind, finding: null }));
  return checkAlerts(workspace, { topics, drift: topics, work: gone, signal }, outlets);
}

function alertJson({ key, topic, kind, finding, firstSeen, lastSeen, count }: Alert) {
  return {
    key,
    topic,
    kind,
    ...finding,
    first_seen: instant(firstSeen),
    last_seen: instant(lastSeen),
    count,
  };
}

function alertLines(open: readonly Alert[], paint: Paint): readonly string[] {
  if (open.length === 0) return ['no open alerts'];
  const rows = open.map(({ topic, finding, firstSeen, count }): Cell[] => [
    paint(STYLES[finding.severity], finding.severity),
    topic,
    finding.code,
    moment(firstSeen),
    count,
  ]);
  const details = open.map(({ topic, finding }) => sentences(`${topic}: ${finding.message}`, finding.remedy));
  return [...table(['severity', 'topic', 'alert', 'since', 'seen'], rows), '', ...details];
}
