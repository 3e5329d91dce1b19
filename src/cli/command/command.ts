import type { RunRequest } from '../../aws/control/run-request.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandPlace } from './command-place.ts';

/** What shell completion offers for an argument or the value of an option. */
export type Completes = 'topic' | 'file' | 'folder' | readonly string[];

export interface ArgumentSpec {
  /** In capitals, as the help shows it: TOPIC. */
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  /** Takes all remaining words; allowed for the last argument only. */
  readonly variadic?: true;
  readonly completes?: Completes;
}

export const TOPIC: ArgumentSpec = {
  name: 'TOPIC',
  summary: 'the topic',
  required: true,
  completes: 'topic',
};

export const TOPICS: ArgumentSpec = {
  name: 'TOPIC',
  summary: 'these topics (default: all)',
  required: false,
  variadic: true,
  completes: 'topic',
};

export interface OptionSpec {
  /** With dashes: `--key`. */
  readonly flag: `--${string}`;
  /** Name of the value, in capitals; absent for a switch. */
  readonly value?: string;
  readonly summary: string;
  readonly required?: true;
  readonly completes?: Completes;
}

export interface ExampleSpec {
  /** The whole command line, starting with `lean-ops`. */
  readonly line: string;
  readonly does: string;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The result of a command: a JSON document for programs, and lines for people that say the same. */
export interface Outcome {
  /** As in output.ts. A failure without a result to report is thrown instead. */
  readonly exit: 0 | 1 | 2 | 3;
  readonly json: Json;
  readonly lines: readonly string[];
}

/** The parsed command line; every name is one of the command's spec. */
export interface Call {
  /** By name of the argument; a variadic argument is always a list. */
  readonly arguments: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** By flag without dashes; a switch is true. */
  readonly options: Readonly<Record<string, string | true | undefined>>;
}

/** Everything that a command may use of its environment. */
export interface Context {
  /** Absolute path of the workspace folder, which need not exist. */
  readonly workspace: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Aborts on the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Loads every command: for completion, and for errors that list commands. */
  readonly loadCommands: () => Promise<readonly CommandSpec[]>;
}

/** One command as data: help, shell completion and docs/commands.md are made from it. */
export type CommandSpec = WorkspaceCommand | PlaceCommand;

interface CommandText {
  /** One word, or two for a command in a group: `dlq list`. */
  readonly name: string;
  /** One line that starts with a verb, without a full stop. */
  readonly summary: string;
  /** Further sentences for its help page. */
  readonly details?: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly ExampleSpec[];
  /** A command that answers a question prints under --quiet too; a command that does work prints failures only. */
  readonly answers: boolean;
}

/** A command that works on this machine only. */
export interface WorkspaceCommand extends CommandText {
  readonly places?: undefined;
  /** The kind of run that the state machine on AWS does in place of this command; absent: AWS needs no such run. */
  readonly runOnAws?: RunRequest['kind'];
  readonly run: (call: Call, context: Context) => Promise<Outcome>;
}

/** A command that works on a workspace and on an AWS deployment. It has one body, which sees the place as an interface. */
export interface PlaceCommand extends CommandText {
  readonly places: readonly ['embedded', 'aws'];
  readonly run: (call: Call, context: Context, place: CommandPlace) => Promise<Outcome>;
}
