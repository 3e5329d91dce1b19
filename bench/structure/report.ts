import type { DocstringFigures } from './docstrings.ts';
import type { DuplicateFigures } from './duplicates.ts';
import type { FolderSize } from './folders.ts';
import type { Edge, ImportFigures, Mutual } from './imports.ts';
import type { SizeFigures, Sizes } from './sizes.ts';
import type { JsonParseFigures, LongSentences, References } from './texts.ts';

/** Code is src and lambda. */
export interface Structure {
  readonly folders: readonly FolderSize[];
  readonly imports: ImportFigures;
  readonly sizes: { readonly code: Sizes; readonly tests: Sizes };
  readonly docstrings: DocstringFigures;
  readonly duplicates: { readonly code: DuplicateFigures; readonly tests: DuplicateFigures };
  readonly outsideReferences: References;
  readonly longSentences: LongSentences;
  /** `JSON.parse` in src/state. */
  readonly stateJson: JsonParseFigures;
}

type Row = readonly (string | number)[];

const SHOWN_SENTENCES = 10;

/** The whole report as text that ends with a line end. */
export function printReport(structure: Structure): string {
  const sections = [
    ...folderSection(structure.folders),
    ...importSections(structure.imports),
    ...sizeSections('src and lambda', structure.sizes.code),
    ...sizeSections('test', structure.sizes.tests),
    ...docstringSection(structure.docstrings),
    ...duplicateSection('src and lambda', structure.duplicates.code),
    ...duplicateSection('test', structure.duplicates.tests),
    ...textSections(structure),
  ];
  return `${sections.join('\n').trimStart()}\n`;
}

function folderSection(sizes: readonly FolderSize[]): readonly string[] {
  const rows = [...Map.groupBy(sizes, ({ folder }) => folder)].flatMap(([folder, parts]): Row[] => [
    [folder, sum(parts, 'files'), sum(parts, 'lines')],
    ...(parts.length < 2 ? [] : parts.map((part): Row => [`  ${part.subfolder}`, part.files, part.lines])),
  ]);
  const total: Row = ['total', sum(sizes, 'files'), sum(sizes, 'lines')];
  return section('Files and lines', [['folder', 'files', 'lines'], ...rows, total]);
}

function sum(sizes: readonly FolderSize[], what: 'files' | 'lines'): number {
  return sizes.reduce((total, size) => total + size[what], 0);
}

function importSections(imports: ImportFigures): readonly string[] {
  return [
    ...section(`Imports between folders: ${count(imports.betweenFolders)} of ${imports.total}`, [
      ...imports.betweenFolders.map(edgeRow),
    ]),
    ...section(`Folders that import each other: ${imports.mutualFolders.length}`, [
      ...imports.mutualFolders.map(mutualRow),
    ]),
    ...section(`Imports between subfolders of one folder: ${count(imports.betweenSubfolders)}`, [
      ...imports.betweenSubfolders.map(edgeRow),
    ]),
    ...section(`Subfolders that import each other: ${imports.mutualSubfolders.length}`, [
      ...imports.mutualSubfolders.map(mutualRow),
    ]),
    ...section(`Groups of subfolders that reach each other: ${imports.cyclicSubfolders.length}`, [
      ...imports.cyclicSubfolders.map((group): Row => [group.length, group.join(', ')]),
    ]),
  ];
}

function count(edges: readonly Edge[]): number {
  return edges.reduce((total, { imports }) => total + imports, 0);
}

function edgeRow({ from, to, imports }: Edge): Row {
  return [imports, `${from} → ${to}`];
}

function mutualRow({ left, right, leftImportsRight, rightImportsLeft }: Mutual): Row {
  return [`${leftImportsRight}/${rightImportsLeft}`, `${left} ↔ ${right}`];
}

function sizeSections(scope: string, { files, functions }: Sizes): readonly string[] {
  return [...sizeSection(`Files of ${scope}`, files), ...sizeSection(`Functions of ${scope}`, functions)];
}

function sizeSection(title: string, { count: total, medianLines, longest }: SizeFigures): readonly string[] {
  return section(`${title}: ${total}, median ${medianLines} lines, longest ${longest[0]?.lines ?? 0}`, [
    ...longest.map((found): Row => [found.lines, found.name]),
  ]);
}

function docstringSection(figures: DocstringFigures): readonly string[] {
  const percent = ((100 * figures.documented) / Math.max(1, figures.exported)).toFixed(1);
  return section('Docstrings of exported functions and classes', [
    ['exported', figures.exported],
    ['documented', `${figures.documented} (${percent} %)`],
    ['naming a unit', figures.namingUnit],
    ['  a unit besides rows', figures.namingUnitBesidesRows],
  ]);
}

function duplicateSection(scope: string, { pairs, lines, largest }: DuplicateFigures): readonly string[] {
  return section(`Duplicate places in ${scope}: ${pairs} pairs, ${lines} lines`, [
    ...largest.map((found): Row => [found.lines, `${found.left} = ${found.right}`]),
  ]);
}

function textSections({ outsideReferences, longSentences, stateJson }: Structure): readonly string[] {
  const { sentences, long } = longSentences;
  return [
    ...section(`References to a design text outside of the repository: ${outsideReferences.count}`, []),
    ...section(`Sentences of more than 40 words: ${long.length} of ${sentences}`, [
      ...long.slice(0, SHOWN_SENTENCES).map(({ words, place, start }): Row => [words, `${place} ${start} …`]),
    ]),
    ...section(
      `JSON.parse in src/state: ${stateJson.calls} calls, ${stateJson.unchecked.length} unchecked`,
      [],
    ),
  ];
}

function section(title: string, rows: readonly Row[]): readonly string[] {
  const texts = rows.map((row) => row.map(String));
  const widths = (texts[0] ?? []).map((_cell, column) =>
    Math.max(...texts.map((row) => (row[column] ?? '').length)),
  );
  const lines = texts.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return ['', title, ...lines.map((line) => `  ${line.trimEnd()}`)];
}
