import type { Check } from '../../embedded/workspace/check.ts';
import { doctor } from '../../embedded/workspace/doctor.ts';
import { type Relocated, relocateWorkspace } from '../../embedded/workspace/relocate.ts';
import type { CommandSpec } from '../command/command.ts';
import { switchOption } from '../command/read-call.ts';
import { openOptions } from '../place/lend-workspace.ts';
import type { Paint, Style } from '../terminal/terminal.ts';
import { counted } from '../terminal/words.ts';

const MARKS = {
  ok: ['green', '✓'],
  warning: ['yellow', '!'],
  failed: ['red', '✗'],
} as const satisfies Record<string, readonly [Style, string]>;

export const command: CommandSpec = {
  name: 'doctor',
  summary: 'check machine, disk, keys, locks and tables',
  details: 'Exits with 1 if a check fails.',
  arguments: [],
  options: [
    { flag: '--deep', summary: 'read every data file and compare it with its checksum' },
    {
      flag: '--relocate',
      summary: 'first rewrite the paths in the tables of a moved or copied workspace',
    },
  ],
  examples: [
    { line: 'lean-ops doctor --deep', does: 'Names each file that is missing or damaged.' },
    { line: 'lean-ops doctor --relocate', does: 'Repairs the paths of a moved workspace, then checks it.' },
  ],
  answers: true,
  async run(call, context) {
    const options = openOptions(context);
    const relocated = switchOption(call, 'relocate')
      ? await relocateWorkspace(context.workspace, options)
      : null;
    const checks = await doctor(context.workspace, options, switchOption(call, 'deep'));
    const failed = checks.filter(({ status }) => status === 'failed').length;
    const { paint } = context.terminal;
    return {
      exit: failed > 0 ? 1 : 0,
      json: {
        ok: failed === 0,
        ...(relocated === null ? {} : { relocated: { ...relocated } }),
        checks: checks.map((check) => ({ ...check })),
      },
      lines: [
        ...relocatedLines(relocated),
        ...checks.flatMap((check) => checkLines(check, paint)),
        failed === 0
          ? paint('green', 'all checks passed')
          : paint('red', `${counted(failed, 'check')} failed`),
      ],
    };
  },
};

function checkLines({ name, status, detail, remedy }: Check, paint: Paint): readonly string[] {
  const [style, mark] = MARKS[status];
  return [`${paint(style, mark)} ${name}: ${detail}`, ...(remedy === null ? [] : [`    ${remedy}`])];
}

function relocatedLines(relocated: Relocated | null): readonly string[] {
  if (relocated === null) return [];
  const { from, to, tables } = relocated;
  return [
    tables === 0
      ? `nothing to relocate: the tables already point to ${to}`
      : `${counted(tables, 'table')} moved from ${from} to ${to}`,
  ];
}
