import type { Call, Context, OptionSpec } from './command.ts';
import { switchOption, usage } from './read-call.ts';

export const YES_OPTION: OptionSpec = { flag: '--yes', summary: 'do it without asking' };

/** Whether a person wants it: by --yes, or by answering. Throws USAGE where nobody is there to be asked. */
export async function confirmed(call: Call, context: Context, question: string): Promise<boolean> {
  if (switchOption(call, 'yes')) return true;
  const { confirm } = context.terminal;
  if (confirm === null) throw usage('without a terminal to ask on, this needs --yes');
  return confirm(question);
}
