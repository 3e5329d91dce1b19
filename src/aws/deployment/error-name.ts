/** The name that AWS gave the failure; undefined for anything that is no error of its SDK. */
export function errorName(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.name : undefined;
}
