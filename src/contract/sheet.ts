import { type Alias, type Document, isAlias, LineCounter, type Node, parseDocument } from 'yaml';
import { MIB } from '../base/bytes.ts';
import type { Problem } from './model.ts';
import { checkYaml } from './yaml-checks.ts';

/** Far above any contract written by hand: a thousand columns take about 200 KiB. A stray data file is not parsed. */
const MAX_CONTRACT_BYTES = MIB;
/** A file that is not YAML can give an error for each byte. The first ones are enough. */
const MAX_YAML_PROBLEMS = 20;

/** One YAML file while it is read: its document, its lines, and all problems found so far. */
export class Sheet {
  readonly file: string;
  readonly problems: Problem[] = [];
  private readonly lines = new LineCounter();
  private targets: ReadonlyMap<Alias, Node> = new Map();
  private document: Document.Parsed | null = null;

  /** Reports problems instead of throwing. `root` is null if the text is not one YAML document. */
  constructor(file: string, bytes: Uint8Array) {
    this.file = file;
    const text = this.decode(bytes);
    if (text !== null) this.document = this.parse(text);
  }

  get root(): Node | null {
    return this.document?.contents ?? null;
  }

  get readable(): boolean {
    return this.document !== null;
  }

  /** The node that an alias refers to. Other nodes are returned unchanged. */
  resolve(node: unknown): unknown {
    return isAlias(node) ? (this.targets.get(node) ?? null) : node;
  }

  lineOf(node: Node | null): number {
    const start = node?.range?.[0];
    return start === undefined ? 1 : Math.max(1, this.lines.linePos(start).line);
  }

  report(
    line: number,
    path: string,
    problem: string,
    remedy: string,
    severity: Problem['severity'] = 'error',
  ): void {
    this.problems.push({ file: this.file, line, path, problem, remedy, severity });
  }

  private decode(bytes: Uint8Array): string | null {
    if (bytes.length > MAX_CONTRACT_BYTES) {
      this.report(
        1,
        '',
        `the file has ${bytes.length} bytes, and at most ${MAX_CONTRACT_BYTES} are allowed`,
        'Check that this is a contract and not data.',
      );
      return null;
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.report(lineOfBadByte(bytes), '', 'the file is not UTF-8', 'Save the file as UTF-8.');
      return null;
    }
  }

  private parse(text: string): Document.Parsed | null {
    try {
      const document = parseDocument(text, {
        lineCounter: this.lines,
        version: '1.2',
        uniqueKeys: false,
        prettyErrors: false,
      });
      this.checkDocument(document);
      return this.problems.length === 0 ? document : null;
    } catch (error) {
      // The parser recurses, so thousands of nested brackets may exhaust its stack.
      if (!(error instanceof RangeError)) throw error;
      this.report(1, '', 'the YAML is nested too deeply', 'Check that this is a contract and not data.');
      return null;
    }
  }

  private checkDocument(document: Document.Parsed): void {
    for (const issue of [...document.errors, ...document.warnings].slice(0, MAX_YAML_PROBLEMS)) {
      const line = Math.max(1, this.lines.linePos(issue.pos[0]).line);
      this.report(line, '', ...explainYaml(issue.code, issue.message));
    }
    if (this.problems.length > 0) return;
    const { targets, findings } = checkYaml(document);
    this.targets = targets;
    for (const { node, problem, remedy } of findings) this.report(this.lineOf(node), '', problem, remedy);
  }
}

function explainYaml(code: string, message: string): [problem: string, remedy: string] {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return [
        'the file contains several YAML documents',
        'Keep one contract per file, without a second ---.',
      ];
    case 'TAG_RESOLVE_FAILED':
      return ['the YAML tag is not known', 'Remove the tag. A contract needs none.'];
    default:
      return [`not valid YAML: ${message}`, 'Correct the YAML. Check indentation and quotes.'];
  }
}

/** The line of the first byte that is not UTF-8. The longest prefix that decodes ends before it. */
function lineOfBadByte(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8');
  const start = decoder.decode(bytes).indexOf('\uFFFD');
  return decoder.decode(bytes).slice(0, Math.max(0, start)).split('\n').length;
}
