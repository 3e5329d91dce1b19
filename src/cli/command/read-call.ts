import { LeanOpsError } from '../../errors/error.ts';
import type { Call } from './command.ts';

/** An argument that the command requires. Throws USAGE. */
export function textArgument(call: Call, name: string): string {
  const value = call.arguments[name];
  if (typeof value === 'string') return value;
  throw usage(`the argument ${name} is missing`);
}

/** An argument that can be absent; null if it is. */
export function optionalArgument(call: Call, name: string): string | null {
  const value = call.arguments[name];
  return typeof value === 'string' ? value : null;
}

/** A variadic argument; empty if none was given. */
export function listArgument(call: Call, name: string): readonly string[] {
  const value = call.arguments[name];
  return Array.isArray(value) ? value : [];
}

/** Whether an option without a value is given. */
export function switchOption(call: Call, name: string): boolean {
  return call.options[name] === true;
}

/** The value of an option; null if it is absent. */
export function textOption(call: Call, name: string): string | null {
  const value = call.options[name];
  return typeof value === 'string' ? value : null;
}

/** A whole number of at least 1; null if the option is absent. Throws USAGE. */
export function countOption(call: Call, name: string): number | null {
  const text = textOption(call, name);
  if (text === null) return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usage(`--${name} expects a whole number of at least 1, not ${JSON.stringify(text)}`);
}

/** An error of the command line itself. */
export function usage(detail: string): LeanOpsError {
  return new LeanOpsError('USAGE', { operation: 'reading the command line', detail });
}
