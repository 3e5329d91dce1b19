import type { PlaceName } from '../../errors/spec.ts';
import { ERRORS } from '../../errors/taxonomy.ts';
import type { Json } from '../command/command.ts';
import { EXIT, errorJson, errorLines } from '../command/output.ts';
import type { Failure } from '../jobs/each-task.ts';
import type { Paint } from '../terminal/terminal.ts';

/** Beside the results of the topics that went well. */
export function failuresJson(
  failures: readonly Failure[],
  place: PlaceName = 'embedded',
): { readonly errors?: Json } {
  if (failures.length === 0) return {};
  return {
    errors: failures.map(({ topic, error }) => ({
      topic,
      ...(errorJson(error, { place, names: { topic } }) as { error: Json }),
    })),
  };
}

/** Each failed topic with its error, after a blank line. */
export function failureLines(
  failures: readonly Failure[],
  paint: Paint,
  place: PlaceName = 'embedded',
): readonly string[] {
  return failures.flatMap(({ topic, error }) => [
    '',
    `${topic} failed:`,
    ...errorLines(error, paint, { place, names: { topic } }),
  ]);
}

/** The worst exit code of the failures; `otherwise` if nothing failed. */
export function failureExit(failures: readonly Failure[], otherwise: 0 | 1): 0 | 1 | 2 | 3 {
  const codes = new Set(failures.map(({ error }) => ERRORS[error.code].exit));
  const worstFirst = [EXIT.execution, EXIT.usage, EXIT.checkFailed] as const;
  return worstFirst.find((code) => codes.has(code)) ?? otherwise;
}
