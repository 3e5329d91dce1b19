import type { CommandSpec, Completes, OptionSpec } from './command.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

type Script = (commands: readonly CommandSpec[], globals: readonly OptionSpec[]) => string;

/** The completion script of each shell, made from the same data as the help. */
export const SHELLS: Readonly<Record<Shell, Script>> = { bash, zsh, fish };

/** Lists the topics of the workspace; prints nothing outside a workspace. */
const TOPICS = 'lean-ops topic list --json 2>/dev/null | sed -n \'s/^    "topic": "\\(.*\\)",$/\\1/p\'';

function bash(commands: readonly CommandSpec[], globals: readonly OptionSpec[]): string {
  const cases = commands.map((spec) => {
    const flags = [...spec.options, ...globals].map(({ flag }) => flag).join(' ');
    return `    '${spec.name}') flags='${flags}'; ${bashWords(spec.arguments[0]?.completes)} ;;`;
  });
  const values = optionsWithValues(commands, globals).map(
    ({ flag, completes }) => `    ${flag}) ${bashReply(completes)}; return ;;`,
  );
  return `# lean-ops completion for bash: source <(lean-ops completion bash)
_lean_ops() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" name="" flags="" words=""
  case "$previous" in
${values.join('\n')}
  esac
  name="\${COMP_WORDS[1]}"
  [ "$COMP_CWORD" -gt 2 ] && case "$name" in ${groups(commands).join('|')}) name="$name \${COMP_WORDS[2]}" ;; esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${firstWords(commands).join(' ')} help' -- "$current")); return
  fi
  case "$name" in
${groups(commands)
  .map((group) => `    ${group}) words='${secondWords(commands, group).join(' ')}' ;;`)
  .join('\n')}
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags --help" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current") $([ "$words" = "" ] && compgen -f -- "$current")) ;;
  esac
}
complete -F _lean_ops lean-ops`;
}

function bashWords(completes: Completes | undefined): string {
  if (completes === 'topic') return `words="$(${TOPICS})"`;
  if (Array.isArray(completes)) return `words='${completes.join(' ')}'`;
  return ':';
}

function bashReply(completes: Completes | undefined): string {
  if (completes === 'topic') return `COMPREPLY=($(compgen -W "$(${TOPICS})" -- "$current"))`;
  if (Array.isArray(completes)) return `COMPREPLY=($(compgen -W '${completes.join(' ')}' -- "$current"))`;
  return `COMPREPLY=($(compgen ${completes === 'folder' ? '-d' : '-f'} -- "$current"))`;
}

/** zsh can load the script for bash. */
function zsh(commands: readonly CommandSpec[], globals: readonly OptionSpec[]): string {
  return `#compdef lean-ops
autoload -U +X bashcompinit && bashcompinit
${bash(commands, globals)}`;
}

function fish(commands: readonly CommandSpec[], globals: readonly OptionSpec[]): string {
  const at = (spec: CommandSpec): string =>
    spec.name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
  const first = commands
    .filter(({ name }) => !name.includes(' '))
    .map(({ name, summary }) => line(`-n __fish_use_subcommand -a ${name} -d ${quote(summary)}`));
  const grouped = groups(commands).flatMap((group) => [
    line(`-n __fish_use_subcommand -a ${group}`),
    ...secondWords(commands, group).map((word) =>
      line(
        `-n '__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${secondWords(commands, group).join(' ')}' -a ${word}`,
      ),
    ),
  ]);
  const options = commands.flatMap((spec) =>
    spec.options.map((option) => line(`-n ${quote(at(spec))} ${fishOption(option)}`)),
  );
  const topics = commands
    .filter(({ arguments: [argument] }) => argument?.completes === 'topic')
    .map((spec) => line(`-n ${quote(at(spec))} -f -a ${quote(`(${TOPICS})`)}`));
  return [
    '# lean-ops completion for fish',
    ...first,
    ...grouped,
    ...globals.map((option) => line(fishOption(option))),
    ...options,
    ...topics,
  ].join('\n');
}

function fishOption({ flag, value, summary, completes }: OptionSpec): string {
  const takes = value === undefined ? '' : ' -r';
  const words =
    completes === 'topic'
      ? ` -f -a ${quote(`(${TOPICS})`)}`
      : Array.isArray(completes)
        ? ` -f -a '${completes.join(' ')}'`
        : '';
  return `-l ${flag.slice(2)}${takes}${words} -d ${quote(summary)}`;
}

const line = (rest: string): string => `complete -c lean-ops ${rest}`;

/** Quotes a text for fish: inside single quotes only the quote and the backslash are special. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function optionsWithValues(
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): readonly OptionSpec[] {
  const all = [...globals, ...commands.flatMap(({ options }) => options)].filter(
    ({ value }) => value !== undefined,
  );
  return [...new Map(all.map((option) => [option.flag, option])).values()];
}

function firstWords(commands: readonly CommandSpec[]): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? name))];
}

function groups(commands: readonly CommandSpec[]): readonly string[] {
  return [
    ...new Set(
      commands.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0] ?? name),
    ),
  ];
}

function secondWords(commands: readonly CommandSpec[], group: string): readonly string[] {
  return commands
    .filter(({ name }) => name.startsWith(`${group} `))
    .map(({ name }) => name.slice(group.length + 1));
}
