import { type FileFacts, isTestBlock } from '../../test/support/source-files.ts';
import { median } from '../measure.ts';

export interface Sized {
  readonly name: string;
  readonly lines: number;
}

export interface SizeFigures {
  readonly count: number;
  readonly medianLines: number;
  /** The ten longest, longest first. */
  readonly longest: readonly Sized[];
}

export interface Sizes {
  readonly files: SizeFigures;
  /** Functions with a block as their body; the blocks of a test file are left out. */
  readonly functions: SizeFigures;
}

const SHOWN = 10;

export function measureSizes(files: readonly FileFacts[]): Sizes {
  const functions = files.flatMap((file) =>
    file.functions
      .filter((fact) => !isTestBlock(file, fact))
      .map((fact) => ({ name: `${file.path}:${fact.line} ${fact.name}`, lines: fact.lines })),
  );
  return {
    files: figures(files.map((file) => ({ name: file.path, lines: file.lines }))),
    functions: figures(functions),
  };
}

function figures(all: readonly Sized[]): SizeFigures {
  return {
    count: all.length,
    medianLines: median(all.map(({ lines }) => lines)),
    longest: [...all].sort((left, right) => right.lines - left.lines).slice(0, SHOWN),
  };
}
