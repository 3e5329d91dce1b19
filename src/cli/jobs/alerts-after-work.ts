import { type AlertLook, checkAlerts } from '../../embedded/alerts/check.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import { remedyOf } from '../../errors/remedy.ts';
import { sentences } from '../../errors/sentences.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import type { Verdict } from '../../quality/alerts/alert.ts';
import { workVerdict } from '../../quality/alerts/verdicts.ts';
import type { Context } from '../command/command.ts';
import { asLeanOpsError } from '../command/output.ts';
import type { Failure } from './each-task.ts';

type Work = Parameters<typeof workVerdict>[1];

/** The outcome of one kind of work per topic. A halted topic is left out: it has an alert of its own. */
export function workVerdicts(
  kind: Work,
  topics: readonly string[],
  failures: readonly Failure[],
): readonly Verdict[] {
  const codes = new Map<string, ErrorCode>(failures.map(({ topic, error }) => [topic, error.code]));
  return [...new Set(topics)]
    .filter((topic) => codes.get(topic) !== 'TOPIC_HALTED')
    .map((topic) => workVerdict(topic, kind, codes.get(topic) ?? null, 'embedded'));
}

/** Checks the topics for problems after work. If the check fails, a warning says so; the work's outcome stays. */
export async function alertAfter(
  workspace: Workspace,
  context: Context,
  look: Omit<AlertLook, 'signal'>,
): Promise<void> {
  const { env, signal, terminal } = context;
  if (signal.aborted) return;
  try {
    const outlets = { environment: env, writeLine: terminal.warn };
    const { failures } = await checkAlerts(workspace, { ...look, signal }, outlets);
    for (const { code, message } of failures)
      terminal.warn(`notification not sent: ${message} (${code}). The next run tries again.`);
  } catch (thrown) {
    const error = asLeanOpsError(thrown);
    terminal.warn(sentences(`alerts could not be checked: ${error.message}`, remedyOf(error, 'embedded')));
  }
}

/** Runs work on one topic. A failure becomes an alert and is thrown on. */
export async function withAlerts<T>(
  workspace: Workspace,
  context: Context,
  { topic, kind }: { readonly topic: string; readonly kind: Work },
  task: () => Promise<T>,
): Promise<T> {
  const after = (failures: readonly Failure[]): Promise<void> =>
    alertAfter(workspace, context, {
      topics: [topic],
      drift: kind === 'ingest' ? [] : [topic],
      work: workVerdicts(kind, [topic], failures),
    });
  try {
    const result = await task();
    await after([]);
    return result;
  } catch (thrown) {
    await after([{ topic, error: asLeanOpsError(thrown) }]);
    throw thrown;
  }
}
