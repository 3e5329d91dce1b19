/** One small wrong change. `find` must stand in the file exactly once, or the list has rotted. */
export interface Mutation {
  readonly find: string;
  readonly replace: string;
  /** What would be wrong then. */
  readonly why: string;
  /** A pattern for names of tests, where one of them tells and all of the file would take long. */
  readonly only?: string;
}

/** Wrong changes of one file, and the tests that must notice each of them. */
export interface MutationGroup {
  readonly file: string;
  readonly tests: readonly string[];
  readonly mutations: readonly Mutation[];
}
