import { LeanOpsError } from '../../errors/error.ts';
import { remedyOf } from '../../errors/remedy.ts';

/** The result of one check of `lean-ops doctor`. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** The finding, in one line. */
  readonly detail: string;
  /** What to do about it; null if the check is ok. */
  readonly remedy: string | null;
}

/** A check without a finding. */
export const ok = (name: string, detail: string): Check => ({ name, status: 'ok', detail, remedy: null });

/** A finding that does not stop a run. */
export const warning = (name: string, detail: string, remedy: string): Check => {
  return { name, status: 'warning', detail, remedy };
};

/** A finding that needs a person. */
export const failed = (name: string, detail: string, remedy: string): Check => {
  return { name, status: 'failed', detail, remedy };
};

/** Runs a check. A typed error becomes a failed check; an unexpected error is a bug and is thrown on. */
export async function checked(name: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof LeanOpsError)) throw error;
    const { file } = error.details;
    const what = file === undefined ? error.message : `${error.message} (${file})`;
    return failed(name, what, remedyOf(error, 'embedded'));
  }
}
