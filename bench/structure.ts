import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readSourceFiles } from '../test/support/source-files.ts';
import { measureDocstrings } from './structure/docstrings.ts';
import { findDuplicates } from './structure/duplicates.ts';
import { folderSizes, isCode, isTest } from './structure/folders.ts';
import { measureImports } from './structure/imports.ts';
import { printReport, type Structure } from './structure/report.ts';
import { measureSizes } from './structure/sizes.ts';
import { longSentences, outsideReferences, uncheckedJson } from './structure/texts.ts';

/** Figures about the structure of a checkout. `--root DIR` measures another one, so that two can be compared. */
const { values } = parseArgs({
  options: {
    root: { type: 'string', default: dirname(import.meta.dirname) },
    json: { type: 'boolean', default: false },
  },
});
const structure = measure(resolve(values.root));
process.stdout.write(values.json ? `${JSON.stringify(structure, null, 2)}\n` : printReport(structure));

function measure(root: string): Structure {
  const files = readSourceFiles(root);
  const code = files.filter(isCode);
  const tests = files.filter(isTest);
  return {
    folders: folderSizes([...code, ...tests]),
    imports: measureImports(code),
    sizes: { code: measureSizes(code), tests: measureSizes(tests) },
    docstrings: measureDocstrings(code),
    duplicates: { code: findDuplicates(code), tests: findDuplicates(tests) },
    outsideReferences: outsideReferences(root),
    longSentences: longSentences(root),
    stateJson: uncheckedJson(code.filter((file) => file.path.startsWith('src/state/'))),
  };
}
