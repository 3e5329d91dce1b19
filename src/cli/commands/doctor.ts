import { doctor } from '../../engine/workspace/doctor.ts';
import type { CommandSpec } from '../command.ts';
import { switchOption } from '../read-call.ts';
import type { Style } from '../terminal.ts';
import { counted } from '../words.ts';
import { openOptions } from '../workspace.ts';

const MARKS = {
  ok: ['green', '✓'],
  warning: ['yellow', '!'],
  failed: ['red', '✗'],
} as const satisfies Record<string, readonly [Style, string]>;

export const command: CommandSpec = {
  name: 'doctor',
  summary: 'check machine, disk, keys, locks and tables',
  details: 'Exit 1 where a check failed.',
  arguments: [],
  options: [{ flag: '--deep', summary: 'read every data file and hold it against its checksum' }],
  examples: [{ line: 'lean-ops doctor --deep', does: 'Names each file that is missing or damaged.' }],
  answers: true,
  async run(call, context) {
    const checks = await doctor(context.workspace, openOptions(context), switchOption(call, 'deep'));
    const failed = checks.filter(({ status }) => status === 'failed').length;
    const { paint } = context.terminal;
    return {
      exit: failed > 0 ? 1 : 0,
      json: { ok: failed === 0, checks: checks.map((check) => ({ ...check })) },
      lines: [
        ...checks.flatMap(({ name, status, detail, remedy }) => {
          const [style, mark] = MARKS[status];
          return [`${paint(style, mark)} ${name}: ${detail}`, ...(remedy === null ? [] : [`    ${remedy}`])];
        }),
        failed === 0 ? paint('green', 'all is well') : paint('red', `${counted(failed, 'check')} failed`),
      ],
    };
  },
};
