import { Argument, Command, CommanderError, Option } from 'commander';
import { LeanOpsError } from '../errors/error.ts';
import type { ArgumentSpec, Call, CommandSpec, OptionSpec } from './command/command.ts';
import { descriptionOf } from './command/description.ts';
import { GLOBAL_OPTIONS } from './command/global-options.ts';
import type { AwsTarget } from './command/target.ts';
import { COMMANDS, loadAllCommands } from './commands.ts';

const DEFAULT_ENV = 'dev';

export interface Globals {
  readonly workspace: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  /** null: the workspace on this machine. */
  readonly aws: AwsTarget | null;
}

export type Parsed =
  | { readonly kind: 'call'; readonly command: CommandSpec; readonly call: Call; readonly globals: Globals }
  /** The call asked for help or the version; `text` is the answer. */
  | { readonly kind: 'text'; readonly text: string };

const SUMMARY = 'JSON messages in, trusted Apache Iceberg tables out.';
const EXIT_CODES = `Exit codes:
  0  done, no problems
  1  a check failed: unbalanced, late, incompatible
  2  wrong call or configuration
  3  the command could not be completed
`;

/** Parses the command line. Throws USAGE if it is not valid. */
export async function parseCommandLine(argv: readonly string[], version: string): Promise<Parsed> {
  const name = commandName(argv);
  const load = name === null ? undefined : COMMANDS[name];
  const commands = load === undefined ? await loadAllCommands() : [(await load()).command];
  let found: Parsed | null = null;
  const text: string[] = [];
  const program = programOf(commands, version, (command, call, globals) => {
    found = { kind: 'call', command, call, globals };
  });
  everyCommand(program, (command) => {
    command
      .exitOverride()
      .configureOutput({ writeOut: (part) => text.push(part), writeErr: () => undefined });
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, name, argv);
  }
  return found ?? { kind: 'text', text: text.length > 0 ? text.join('') : program.helpInformation() };
}

const WITH_VALUE: ReadonlySet<string> = new Set(
  GLOBAL_OPTIONS.filter(({ value }) => value !== undefined).map(({ flag }) => flag),
);

/** The command's name, found without knowing its options; null if there is none. */
export function commandName(argv: readonly string[]): string | null {
  const words = firstWords(argv);
  const pair = words.join(' ');
  if (Object.hasOwn(COMMANDS, pair)) return pair;
  return words[0] !== undefined && Object.hasOwn(COMMANDS, words[0]) ? words[0] : null;
}

/** The first two words that are neither options nor values of global options. */
function firstWords(argv: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (let at = 0; at < argv.length && words.length < 2; at++) {
    const word = argv[at] ?? '';
    if (WITH_VALUE.has(word)) at++;
    else if (!word.startsWith('-')) words.push(word);
    else if (words.length > 0) break;
  }
  return words;
}

/** The global flags, read leniently, to report that the command line cannot be parsed. */
export function globalsOf(argv: readonly string[]): Globals {
  return { workspace: undefined, json: argv.includes('--json'), quiet: argv.includes('--quiet'), aws: null };
}

type OnCall = (command: CommandSpec, call: Call, globals: Globals) => void;

function programOf(commands: readonly CommandSpec[], version: string, onCall: OnCall): Command {
  const program = new Command('lean-ops').description(SUMMARY);
  program.helpOption('--help', 'show this help').version(version, '--version', 'show the version');
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option));
  program.addHelpText('after', `\n${EXIT_CODES}\nTo start: lean-ops init DIR`);
  const groups = new Map<string, Command>();
  for (const spec of commands) {
    const [first = '', second] = spec.name.split(' ');
    const parent = second === undefined ? program : (groups.get(first) ?? newGroup(program, first, commands));
    if (second !== undefined) groups.set(first, parent);
    const command = commandOf(spec, second ?? first, program, onCall);
    parent.addCommand(command);
    // A command can also be a group: `drift`, `drift accept`.
    if (second === undefined) groups.set(first, command);
  }
  program.helpCommand('help [COMMAND]', 'show the help of a command');
  return program;
}

function newGroup(program: Command, name: string, commands: readonly CommandSpec[]): Command {
  const members = commands.filter((spec) => spec.name.startsWith(`${name} `));
  const words = members.map((spec) => `${spec.name.slice(name.length + 1)}: ${spec.summary}`);
  const group = new Command(name).description(words.join('; ')).helpOption('--help', 'show this help');
  program.addCommand(group);
  return group;
}

function commandOf(spec: CommandSpec, word: string, program: Command, onCall: OnCall): Command {
  const command = new Command(word).summary(spec.summary).helpOption('--help', 'show this help');
  command.description(descriptionOf(spec));
  for (const argument of spec.arguments) command.addArgument(argumentOf(argument));
  for (const option of spec.options) command.addOption(optionOf(option));
  command.configureHelp({ showGlobalOptions: true });
  if (spec.examples.length > 0) {
    const lines = spec.examples.map(({ line, does }) => `  ${line}\n      ${does}`);
    command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
  command.action(() => {
    const given = program.opts();
    const { workspace, profile, region } = given;
    const aws = given.target === 'aws' ? { env: given.env ?? DEFAULT_ENV, profile, region } : null;
    const globals = { workspace, json: given.json === true, quiet: given.quiet === true, aws };
    onCall(spec, callOf(spec, command), globals);
  });
  return command;
}

function callOf(spec: CommandSpec, command: Command): Call {
  const values = command.processedArgs;
  const named = spec.arguments.map(({ name }, at) => [name, values[at]] as const);
  const options = Object.entries(command.opts()).map(([name, value]) => [dashed(name), value] as const);
  return { arguments: Object.fromEntries(named), options: Object.fromEntries(options) };
}

/** Commander returns `--dry-run` as dryRun. */
function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function argumentOf(spec: ArgumentSpec): Argument {
  const name = spec.variadic === true ? `${spec.name}...` : spec.name;
  return new Argument(spec.required ? `<${name}>` : `[${name}]`, spec.summary);
}

function optionOf(spec: OptionSpec): Option {
  const flags = spec.value === undefined ? spec.flag : `${spec.flag} <${spec.value}>`;
  const option = new Option(flags, spec.summary);
  if (Array.isArray(spec.completes)) option.choices(spec.completes);
  return option.makeOptionMandatory(spec.required === true);
}

function usageError(error: CommanderError, name: string | null, argv: readonly string[]): LeanOpsError {
  const [first = '', second] = firstWords(argv);
  const isGroup = Object.keys(COMMANDS).some((each) => each.startsWith(`${first} `));
  const helpOf = name ?? (isGroup ? first : null);
  return new LeanOpsError('USAGE', {
    operation: 'reading the command line',
    detail:
      error.code === 'commander.help' ? missingCommand(first, second) : error.message.replace(/^error: /, ''),
    remedy: helpOf === null ? 'See `lean-ops --help`.' : `See \`lean-ops ${helpOf} --help\`.`,
  });
}

/** Why Commander answers a call with help although the call did not ask for it. */
function missingCommand(first: string, second: string | undefined): string {
  if (first === 'help' && second !== undefined) return `there is no command ${second}`;
  return first === '' ? 'a command is missing' : `${first} needs the name of one of its commands`;
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) everyCommand(child, visit);
}
