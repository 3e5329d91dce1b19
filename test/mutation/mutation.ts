import type { Change, Edit } from './changes.ts';
import type { Declaration } from './declarations.ts';

/** One small wrong change. */
export interface Mutation {
  /**
   * Name of a function, method or top-level constant of src. If several have that name, the end of the file's path
   * chooses: `figures/freshness#ageOf` is the one in a file `…/figures/freshness.ts`.
   */
  readonly in: string;
  readonly change: Change;
  /** What would be wrong then. */
  readonly why: string;
  /** A pattern for names of tests, if one of them notices the change and all of the file would take long. */
  readonly only?: string;
}

/** Wrong changes, and the test files that must notice each of them. */
export interface MutationGroup {
  readonly tests: readonly string[];
  readonly mutations: readonly Mutation[];
}

/** What a mutation does to a file; or why the list is wrong, in words. */
export type Located =
  | { readonly kind: 'found'; readonly file: string; readonly edit: Edit }
  | { readonly kind: 'refused'; readonly reason: string };

/** Finds the one place that a mutation changes. */
export function locate(
  declarations: ReadonlyMap<string, readonly Declaration[]>,
  { in: reference, change }: Mutation,
): Located {
  const [name = '', path] = reference.split('#').reverse();
  const named = (declarations.get(name) ?? []).filter(
    ({ file }) => path === undefined || `/${file}`.endsWith(`/${path}.ts`),
  );
  const [declaration] = named;
  if (declaration === undefined) return refused(`src has no ${reference}`);
  if (named.length > 1)
    return refused(`several files have ${reference}: ${named.map(({ file }) => file).join(', ')}`);
  const edits = change.edits(declaration);
  const [edit] = edits;
  if (edit === undefined || edits.length > 1)
    return refused(`${declaration.file}: ${reference} has ${edits.length} places for "${change.words}"`);
  return { kind: 'found', file: declaration.file, edit };
}

function refused(reason: string): Located {
  return { kind: 'refused', reason };
}
