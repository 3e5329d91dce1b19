import type { Call, Context, OptionSpec } from './command.ts';
import { switchOption, usage } from './read-call.ts';

export const YES_OPTION: OptionSpec = { flag: '--yes', summary: 'do not ask for confirmation' };

/** Returns true if the user passed --yes or answers yes. Throws USAGE if nobody can be asked. */
export async function confirmed(call: Call, context: Context, question: string): Promise<boolean> {
  if (switchOption(call, 'yes')) return true;
  const { confirm } = context.terminal;
  if (confirm === null) throw usage('without a terminal for the confirmation, this command needs --yes');
  return confirm(question);
}
