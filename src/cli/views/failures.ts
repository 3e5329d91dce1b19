import type { Json } from '../command/command.ts';
import { EXIT, errorJson, errorLines, exitCodeOf } from '../command/output.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { Failure } from '../work/work.ts';

/** The failed topics, for --json. */
export function failuresJson(failures: readonly Failure[]): { readonly errors?: Json } {
  if (failures.length === 0) return {};
  return {
    errors: failures.map(({ topic, error }) => ({ topic, ...(errorJson(error) as { error: Json }) })),
  };
}

export function failureLines(failures: readonly Failure[], paint: Paint): readonly string[] {
  return failures.flatMap(({ topic, error }) => ['', `${topic} failed:`, ...errorLines(error, paint)]);
}

/** The exit code of the worst failure; `otherwise` if none failed. */
export function failureExit(failures: readonly Failure[], otherwise: 0 | 1): 0 | 1 | 2 | 3 {
  const codes = new Set(failures.map(({ error }) => exitCodeOf(error)));
  const worstFirst = [EXIT.execution, EXIT.usage, EXIT.checkFailed] as const;
  return worstFirst.find((code) => codes.has(code)) ?? otherwise;
}
