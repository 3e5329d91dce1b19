import { LeanOpsError } from '../../errors/error.ts';
import { remedyOf } from '../../errors/remedy.ts';

/** One thing that the doctor looked at. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found, in one line. */
  readonly detail: string;
  /** What to do about it; null where it is ok. */
  readonly remedy: string | null;
}

export const ok = (name: string, detail: string): Check => ({ name, status: 'ok', detail, remedy: null });

export const warning = (name: string, detail: string, remedy: string): Check => {
  return { name, status: 'warning', detail, remedy };
};

export const failed = (name: string, detail: string, remedy: string): Check => {
  return { name, status: 'failed', detail, remedy };
};

/** A check that itself fails has found something; a failure without a name of ours is a bug and goes on. */
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
