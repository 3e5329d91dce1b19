import { LeanOpsError } from '../errors/error.ts';
import type { Call, CommandSpec, Context, Outcome, WorkspaceCommand } from './command/command.ts';
import type { AwsTarget } from './command/target.ts';

/**
 * Runs a command on the place that the command line selects. `target`: null means the workspace on this machine.
 * Throws USAGE if the command does not work on AWS.
 */
export async function runCommand(
  command: CommandSpec,
  call: Call,
  context: Context,
  target: AwsTarget | null,
): Promise<Outcome> {
  if (command.places === undefined) {
    if (target !== null) throw await notOnAws(command, context);
    return command.run(call, context);
  }
  if (target === null) {
    const { withEmbeddedPlace } = await import('./place/embedded.ts');
    return withEmbeddedPlace(context, (place) => command.run(call, context, place));
  }
  const { withAwsPlace } = await import('./place/aws.ts');
  return withAwsPlace(target, context, (place) => command.run(call, context, place));
}

async function notOnAws(
  { name, runOnAws }: WorkspaceCommand,
  { loadCommands }: Context,
): Promise<LeanOpsError> {
  const others = (await loadCommands()).filter(({ places }) => places !== undefined);
  return new LeanOpsError('USAGE', {
    operation: `running ${name} on AWS`,
    detail: `--target aws works with ${others.map((each) => each.name).join(', ')}`,
    remedy:
      runOnAws === undefined
        ? 'Omit --target, or see docs/aws.md.'
        : `Start the state machine: aws stepfunctions start-execution with {"topic": …, "kind": "${runOnAws}"}; see docs/aws.md.`,
  });
}
