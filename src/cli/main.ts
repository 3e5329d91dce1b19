import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CONFIG_FILE } from '../embedded/workspace/paths.ts';
import { LeanOpsError } from '../errors/error.ts';
import { ERRORS } from '../errors/taxonomy.ts';
import type { Call, CommandSpec, Context, Json, Outcome } from './command/command.ts';
import { asLeanOpsError, type ErrorReader, EXIT, errorJson, errorLines } from './command/output.ts';
import { loadAllCommands } from './commands.ts';
import { type Globals, globalsOf, type Parsed, parseCommandLine } from './parse.ts';
import { runCommand } from './run-command.ts';
import { openTerminal, painter } from './terminal/terminal.ts';

/** A terminal and npm both forward Ctrl-C, so one press can arrive twice within this time. */
const SAME_PRESS_MS = 300;

/** Runs one command line (without node and script). Sets the exit code; throws nothing. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endQuietly);
  process.stderr.on('error', endQuietly);
  let reader: ErrorReader = { place: 'embedded' };
  try {
    const parsed = await parseCommandLine(argv, version());
    if (parsed.kind === 'text') process.stdout.write(parsed.text);
    else {
      reader = readerOf(parsed);
      await runCall(parsed);
    }
  } catch (thrown) {
    fail(asLeanOpsError(thrown), globalsOf(argv), reader);
  }
}

/** A command about one topic names it in its remedies. */
function readerOf({ call, globals }: { readonly call: Call; readonly globals: Globals }): ErrorReader {
  const [topic, ...others] = [call.arguments.TOPIC ?? call.options.topic ?? []].flat();
  const names = typeof topic === 'string' && others.length === 0 ? { topic } : {};
  return globals.aws === null ? { place: 'embedded', names } : { place: 'aws', names, target: globals.aws };
}

async function runCall({ command, call, globals }: Extract<Parsed, { kind: 'call' }>): Promise<void> {
  const words = globals.json ? process.stderr : process.stdout;
  const context: Context = {
    workspace: globals.workspace === undefined ? nearestWorkspace(process.cwd()) : resolve(globals.workspace),
    cwd: process.cwd(),
    env: process.env,
    terminal: openTerminal({
      words,
      notes: process.stderr,
      answers: process.stdin,
      quiet: globals.quiet,
      env: process.env,
    }),
    signal: interruption(),
    loadCommands: loadAllCommands,
  };
  try {
    const outcome = await runCommand(command, call, context, globals.aws);
    report(command, outcome, globals);
  } catch (thrown) {
    throw withHelp(asLeanOpsError(thrown), command);
  }
}

/** The remedy for a wrong call is the help of the command. */
function withHelp(error: LeanOpsError, { name }: CommandSpec): LeanOpsError {
  if (error.code !== 'USAGE' || error.details.remedy !== undefined) return error;
  return new LeanOpsError('USAGE', { ...error.details, remedy: `See \`lean-ops ${name} --help\`.` });
}

function report(command: CommandSpec, outcome: Outcome, globals: Globals): void {
  process.exitCode = outcome.exit;
  if (globals.json) process.stdout.write(document(outcome.json));
  const silent = globals.quiet && (globals.json || (!command.answers && outcome.exit === 0));
  if (silent || outcome.lines.length === 0) return;
  const words = globals.json ? process.stderr : process.stdout;
  words.write(`${outcome.lines.join('\n')}\n`);
}

function fail(error: LeanOpsError, globals: Globals, reader: ErrorReader): void {
  process.exitCode = ERRORS[error.code].exit;
  if (globals.json) process.stdout.write(document(errorJson(error, reader)));
  const paint = painter(process.stderr, process.env);
  process.stderr.write(`${errorLines(error, paint, reader).join('\n')}\n`);
}

function document(json: Json): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** The first Ctrl-C or SIGTERM asks the command to stop cleanly; a second one ends the process immediately. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (): void => {
    if (firstAt === 0) {
      firstAt = performance.now();
      controller.abort();
      process.stderr.write('Stopping cleanly. Press Ctrl-C again to stop immediately.\n');
    } else if (performance.now() - firstAt > SAME_PRESS_MS) process.exit(EXIT.killed);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

/** The nearest folder upward with a lean-ops.yaml; if there is none, `from`, which errors then name. */
function nearestWorkspace(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, CONFIG_FILE))) return folder;
    if (folder === dirname(folder)) return from;
  }
}

/** The reader of a pipe has closed it (`lean-ops errors | head`): the rest of the output is not wanted. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? EXIT.ok);
}

function version(): string {
  const manifest = join(import.meta.dirname, '..', '..', 'package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
