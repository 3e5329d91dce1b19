/** The package brings no types. */
declare module 'asl-validator' {
  interface Verdict {
    readonly isValid: boolean;
    /** What is wrong, a line a fault; empty if nothing is. */
    readonly errorsText: () => string;
  }
  /** Checks a state machine: schema, transitions, paths, intrinsic functions. */
  export default function validate(definition: unknown): Verdict;
}
