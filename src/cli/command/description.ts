import type { CommandSpec } from './command.ts';

/** A command in whole sentences, for its help page and docs/commands.md: what it does, details, and what it is on AWS. */
export function descriptionOf(spec: CommandSpec): string {
  return [`${spec.summary}.`, spec.details, onAws(spec)].filter((part) => part !== undefined).join(' ');
}

function onAws(spec: CommandSpec): string | undefined {
  if (spec.places !== undefined) return 'Also works on a deployment, with --target aws.';
  if (spec.runOnAws === undefined) return undefined;
  return `On AWS the state machine does this, with "kind": "${spec.runOnAws}".`;
}
