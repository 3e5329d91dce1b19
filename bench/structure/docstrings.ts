import type { FileFacts } from '../../test/support/source-files.ts';

/** Exported functions, constants that hold a function, and classes. */
export interface DocstringFigures {
  readonly exported: number;
  readonly documented: number;
  readonly namingUnit: number;
  /** As `namingUnit`, without docstrings whose only unit is "rows", which is also a plain noun. */
  readonly namingUnitBesidesRows: number;
  readonly undocumented: readonly string[];
}

const UNIT =
  /\b(?:bytes?|KiB|MiB|GiB|nanoseconds?|microseconds?|micros|milliseconds?|ms|seconds?|minutes?|hours?|days?|percent)\b/i;
const ROWS = /\brows?\b/i;

export function measureDocstrings(files: readonly FileFacts[]): DocstringFigures {
  const exported = files.flatMap((file) =>
    file.exports
      .filter((fact) => fact.kind === 'callable')
      .map((fact) => ({ place: `${file.path}:${fact.line} ${fact.name}`, docstring: fact.docstring })),
  );
  const docstrings = exported.flatMap(({ docstring }) => (docstring === null ? [] : [docstring]));
  return {
    exported: exported.length,
    documented: docstrings.length,
    namingUnit: docstrings.filter((text) => UNIT.test(text) || ROWS.test(text)).length,
    namingUnitBesidesRows: docstrings.filter((text) => UNIT.test(text)).length,
    undocumented: exported.filter(({ docstring }) => docstring === null).map(({ place }) => place),
  };
}
