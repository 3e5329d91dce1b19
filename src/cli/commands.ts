import type { CommandSpec } from './command/command.ts';

type Loader = () => Promise<{ readonly command: CommandSpec }>;

/** Every command by name, in the order of the help. A command's file is loaded when it is called. */
export const COMMANDS: Readonly<Record<string, Loader>> = {
  init: () => import('./commands/init.ts'),
  validate: () => import('./commands/validate.ts'),
  run: () => import('./commands/run.ts'),
  ingest: () => import('./commands/ingest.ts'),
  semantic: () => import('./commands/semantic.ts'),
  rebuild: () => import('./commands/rebuild.ts'),
  status: () => import('./commands/status.ts'),
  balance: () => import('./commands/balance.ts'),
  freshness: () => import('./commands/freshness.ts'),
  alerts: () => import('./commands/alerts.ts'),
  drift: () => import('./commands/drift.ts'),
  'drift accept': () => import('./commands/drift-accept.ts'),
  'drift mute': () => import('./commands/drift-mute.ts'),
  errors: () => import('./commands/errors.ts'),
  'errors redrive': () => import('./commands/errors-redrive.ts'),
  'dlq list': () => import('./commands/dlq-list.ts'),
  'dlq show': () => import('./commands/dlq-show.ts'),
  'dlq replay': () => import('./commands/dlq-replay.ts'),
  'dlq discard': () => import('./commands/dlq-discard.ts'),
  explain: () => import('./commands/explain.ts'),
  query: () => import('./commands/query.ts'),
  maintain: () => import('./commands/maintain.ts'),
  forget: () => import('./commands/forget.ts'),
  'topic list': () => import('./commands/topic-list.ts'),
  'topic add': () => import('./commands/topic-add.ts'),
  'topic resume': () => import('./commands/topic-resume.ts'),
  'schema check': () => import('./commands/schema-check.ts'),
  'schema register': () => import('./commands/schema-register.ts'),
  'schema diff': () => import('./commands/schema-diff.ts'),
  render: () => import('./commands/render.ts'),
  doctor: () => import('./commands/doctor.ts'),
  backup: () => import('./commands/backup.ts'),
  completion: () => import('./commands/completion.ts'),
};

/** All commands, for the help, the completion and docs/commands.md. */
export async function loadAllCommands(): Promise<readonly CommandSpec[]> {
  const loaded = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return loaded.map(({ command }) => command);
}
