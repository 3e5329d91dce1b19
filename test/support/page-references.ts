/** A value for each name in usage lines for which the word itself would not parse. */
const PLACEHOLDERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['COMMAND', ['status']],
  ['…', []],
  ['...', []],
  ['SHELL', ['bash']],
  ['KIND', ['UNKNOWN_PATH']],
  ['ENGINE', ['duckdb']],
]);
const SUFFIX = /\.(?:ts|mts|mjs|py|md|json|ya?ml|tf|tfvars|db|key|ndjson)$/;

/**
 * The arguments of each `lean-ops` command in a line of shell: behind a prompt, a pipe, `&&`, `npx`, or in front of
 * those and of a comment. Brackets count as given. Usage lines that end in `[OPTIONS]` are left out: they name no option.
 */
export function commandsOf(line: string): readonly (readonly string[])[] {
  return line
    .split(/(?:&&|\|\||;|(?<= )\|(?= )|(?:^| )#)/)
    .map((part) => /^(?:\$ )?(?:npx )?lean-ops(?: +(.*))?$/.exec(part.trim())?.[1] ?? null)
    .filter((rest) => rest !== null)
    .filter((rest) => !rest.endsWith('[OPTIONS]'))
    .map(wordsOf)
    .filter((words) => words.length > 0);
}

function wordsOf(text: string): readonly string[] {
  const command = text.replace(/ [<>].*$/, '').replace(/(?<=^| )\[([^\]]*)\](?= |$)/g, '$1');
  return [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].flatMap(([word]) => {
    const bare = word.replace(/["']/g, '');
    return PLACEHOLDERS.get(bare) ?? [bare];
  });
}

/** A code span that names a file or folder; `#name` behind a source file names one of its functions. */
export function isPath(span: string): boolean {
  return (
    /^[\w.@<>*{},-]+(?:\/[\w.@<>*{}, -]+)*\/?$/.test(span) &&
    !/^[\w-]*@|^\W+$|^\.[a-z]+$/.test(span) &&
    (/[a-z>*]\/|\/$/.test(span) || SUFFIX.test(span))
  );
}

/** Whether `path`, in which `<name>` and `*` stand for any part of a name, is one of the paths. */
export function isAmong(paths: ReadonlySet<string>, path: string): boolean {
  const plain = path.replace(/\/$/, '');
  if (!/[<*]/.test(plain)) return paths.has(plain);
  const parts = plain.split(/<[^>]*>|\*/).map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('[^/]+')}$`);
  return [...paths].some((each) => pattern.test(each));
}

/** The files themselves and every folder above them. */
export function withFolders(files: readonly string[]): ReadonlySet<string> {
  const parents = (path: string): readonly string[] =>
    path
      .split('/')
      .slice(0, -1)
      .map((_, at, names) => names.slice(0, at + 1).join('/'));
  return new Set(files.flatMap((file) => [file, ...parents(file)]));
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading.trim())));
}
