import type { Context, Json, Outcome } from '../../src/cli/command/command.ts';
import { loadAllCommands } from '../../src/cli/commands.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { runCommand } from '../../src/cli/run-command.ts';
import { openTerminal } from '../../src/cli/terminal/terminal.ts';

/** The outcome of a command in an embedded workspace, run in this process without colours and notes. */
export async function outcomeOf(workspace: string, ...argv: readonly string[]): Promise<Outcome> {
  const parsed = await parseCommandLine(argv, '0.0.0');
  if (parsed.kind !== 'call') throw new Error(`no call: ${argv.join(' ')}`);
  const sink = { write: () => true };
  const context: Context = {
    workspace,
    cwd: workspace,
    env: {},
    terminal: openTerminal({ words: sink, notes: sink, answers: null, quiet: true, env: {} }),
    signal: new AbortController().signal,
    loadCommands: loadAllCommands,
  };
  return runCommand(parsed.command, parsed.call, context, null);
}

/** A member of a JSON document; the path must exist. */
export function at(json: Json, ...path: readonly (string | number)[]): Json {
  return path.reduce<Json>((value, step) => {
    const next = (value as Readonly<Record<string | number, Json>>)[step];
    if (next === undefined) throw new Error(`no ${path.join('.')} in ${JSON.stringify(json)}`);
    return next;
  }, json);
}
