/** The name that AWS gave the failure. Undefined for anything that is not an error. */
export function errorName(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.name : undefined;
}
