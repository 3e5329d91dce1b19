import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'readers.md'), 'utf8');
const WORKSPACE = '/srv/shop';

/** A snippet of docs/readers.md by its name, for another workspace: the page holds only code that works. */
export function pageSnippet(name: string, workspace: string): string {
  const found = new RegExp(`<!-- snippet: ${name} -->\n\`\`\`\\w+\n([^]*?)\`\`\``).exec(PAGE)?.[1];
  assert.ok(found !== undefined, `docs/readers.md has no snippet ${name}`);
  return found.replaceAll(WORKSPACE, workspace);
}

/** The Spark snippet, with its jars taken from a folder: no test may fetch them from the network. */
export function offline(snippet: string, jars: readonly string[]): string {
  const packages = /^packages = "(.+)"$/m.exec(snippet)?.[1]?.split(',') ?? [];
  const named = packages.map((coordinates) => `${coordinates.split(':').slice(1).join('-')}.jar`);
  const used = jars.filter((jar) => named.includes(path.basename(jar)));
  assert.equal(used.length, named.length, `the folder lacks a jar of ${named.join(', ')}`);
  return snippet
    .replace('"spark.jars.packages"', '"spark.jars"')
    .replace(/^packages = .+$/m, `packages = ${JSON.stringify(used.join(','))}`);
}
