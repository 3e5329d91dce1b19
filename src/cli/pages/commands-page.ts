import type { CommandSpec } from '../command/command.ts';
import { GLOBAL_OPTIONS } from '../command/global-options.ts';
import { cell } from './table-cell.ts';

const INTRODUCTION = `<!-- Made by \`npm run docs\` from src/cli/commands; edit those. -->
# Commands

\`lean-ops COMMAND …\`; the workspace is the nearest folder upward with a \`lean-ops.yaml\`.

Exit codes: 0 done, all well · 1 a check failed (unbalanced, late, incompatible) · 2 called or configured wrongly ·
3 could not be carried out. Results go to standard output, notes and progress to standard error; with \`--json\`
exactly one JSON document goes to standard output. Ctrl-C ends in good order and the same command resumes; a second
Ctrl-C ends at once with 130.
`;

/** docs/commands.md. */
export function commandsPage(commands: readonly CommandSpec[]): string {
  const overview = commands.map(
    ({ name, summary }) => `| [${name}](#${name.replace(' ', '-')}) | ${cell(summary)} |`,
  );
  const global = GLOBAL_OPTIONS.map((option) => `- ${optionText(option)}`);
  return [
    INTRODUCTION,
    ['| command | does |', '|---|---|', ...overview].join('\n'),
    `\nEverywhere:\n\n${global.join('\n')}\n`,
    ...commands.map(section),
  ].join('\n');
}

function section({ name, summary, details, arguments: given, options, examples }: CommandSpec): string {
  const usage = [
    `lean-ops ${name}`,
    ...given.map((argument) => {
      const word = argument.variadic === true ? `${argument.name}…` : argument.name;
      return argument.required ? word : `[${word}]`;
    }),
    ...(options.length > 0 ? ['[OPTIONS]'] : []),
  ];
  const parts = [
    ...given.map((argument) => `- \`${argument.name}\`: ${argument.summary}`),
    ...options.map((option) => `- ${optionText(option)}`),
  ];
  return [
    `## ${name}\n`,
    `${capital(summary)}.${details === undefined ? '' : ` ${details}`}\n`,
    `    ${usage.join(' ')}\n`,
    ...(parts.length > 0 ? [`${parts.join('\n')}\n`] : []),
    ...examples.map(({ line, does }) => `${does}\n\n    ${line}\n`),
  ].join('\n');
}

function optionText({ flag, value, summary, required }: CommandSpec['options'][number]): string {
  return `\`${flag}${value === undefined ? '' : ` ${value}`}\`: ${summary}${required === true ? ' (required)' : ''}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
