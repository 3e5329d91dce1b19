import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import {
  isArrowFunction,
  isBlock,
  isCallExpression,
  isClassDeclaration,
  isExportDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isNewExpression,
  isStringLiteralLikeNode,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

/** One import or re-export of a file. All paths are relative to the checkout, with `/`. */
export interface Import {
  readonly from: string;
  readonly line: number;
  /** Imported names; '*' for the whole module. */
  readonly names: readonly string[];
}

/** A function with a block as its body. */
export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  /** The callee's name if the function is an argument of a call: `test(…, () => {})`. */
  readonly handedTo: string | null;
}

export interface ExportFact {
  readonly name: string;
  readonly line: number;
  /** Interfaces and type aliases are types; functions, constants that hold a function, and classes are callable. */
  readonly kind: 'type' | 'callable' | 'value';
  /** The text of the doc comment directly above, with its delimiters. */
  readonly docstring: string | null;
}

export interface FileFacts {
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly exports: readonly ExportFact[];
  readonly functions: readonly FunctionFact[];
  /** Lines that use `any` as a type. */
  readonly anyLines: readonly number[];
  /** How often each identifier occurs. */
  readonly identifiers: ReadonlyMap<string, number>;
}

/** Reads every TypeScript file that the tsconfig.json of `root`, an absolute path, includes. */
export function readSourceFiles(root: string): readonly FileFacts[] {
  const api = new API({ cwd: root });
  try {
    const project = api.updateSnapshot({ openProject: join(root, 'tsconfig.json') }).getProjects()[0];
    if (project === undefined) throw new Error('tsconfig.json opens no project');
    return project.rootFiles.flatMap((file) => {
      const source = project.program.getSourceFile(file);
      return source === undefined ? [] : [factsOf(root, file, source)];
    });
  } finally {
    api.close();
  }
}

/** The call is a block of a test file, such as `suite` or `test`. */
export function isTestBlock(file: FileFacts, fact: FunctionFact): boolean {
  return file.path.startsWith('test/') && fact.handedTo !== null && TEST_BLOCKS.has(fact.handedTo);
}

/** Paths of every file below a folder of the checkout ('' for all), without node_modules and ignored folders. */
export function listFiles(root: string, folder: string): readonly string[] {
  const ignored = new Set(['node_modules', 'dist', 'data', 'secrets', '.git', '.terraform', '.venv']);
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ignored.has(entry.name) ? [] : listFiles(root, path);
    return entry.isFile() ? [path] : [];
  });
}

function factsOf(root: string, file: string, source: SourceFile): FileFacts {
  const text = readFileSync(file, 'utf8');
  const path = relative(root, file).replaceAll('\\', '/');
  const collector = new Collector(root, file, text);
  collector.visit(source, null);
  return {
    path,
    text,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: collector.imports,
    exports: collector.exports,
    functions: collector.functions,
    anyLines: collector.anyLines,
    identifiers: collector.identifiers,
  };
}

const FUNCTIONS = new Set<SyntaxKind>([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
]);
const TEST_BLOCKS = new Set(['suite', 'describe', 'test', 'it', 'before', 'after', 't.test']);
const TYPES = new Set<SyntaxKind>([SyntaxKind.InterfaceDeclaration, SyntaxKind.TypeAliasDeclaration]);

type WithName = Node & { readonly name?: Node };
type WithBody = Node & { readonly body?: Node };
type WithInitializer = WithName & { readonly initializer?: Node };
type WithModifiers = Node & { readonly modifiers?: Iterable<Node> };

class Collector {
  readonly imports: Import[] = [];
  readonly exports: ExportFact[] = [];
  readonly functions: FunctionFact[] = [];
  readonly anyLines: number[] = [];
  readonly identifiers = new Map<string, number>();
  private readonly root: string;
  private readonly file: string;
  private readonly text: string;

  constructor(root: string, file: string, text: string) {
    this.root = root;
    this.file = file;
    this.text = text;
  }

  visit(node: Node, parent: Node | null): void {
    if (node.kind === SyntaxKind.AnyKeyword) this.anyLines.push(this.lineOf(node));
    if (isIdentifier(node)) this.identifiers.set(node.text, (this.identifiers.get(node.text) ?? 0) + 1);
    if (FUNCTIONS.has(node.kind)) this.noteFunction(node, parent);
    this.noteImport(node);
    this.noteExport(node);
    node.forEachChild((child) => {
      this.visit(child, node);
    });
  }

  private noteFunction(node: Node, parent: Node | null): void {
    const body = (node as WithBody).body;
    if (body === undefined || !isBlock(body)) return;
    const callee = parent !== null && isCallExpression(parent) ? parent.expression : null;
    const name = (node as WithName).name ?? (parent as WithName | null)?.name;
    this.functions.push({
      name: name === undefined ? 'a function' : this.textOf(name),
      line: this.lineOf(node),
      lines: this.text.slice(this.startOf(node), node.end).split('\n').length,
      handedTo: callee === null ? null : this.textOf(callee),
    });
  }

  private noteImport(node: Node): void {
    if (isImportDeclaration(node) || isExportDeclaration(node)) {
      if (node.moduleSpecifier !== undefined) this.addImport(node, node.moduleSpecifier, namesOf(node));
    } else if (isImportTypeNode(node)) {
      const literal = (node.argument as Node & { literal?: Node }).literal;
      if (literal !== undefined) this.addImport(node, literal, ['*']);
    } else if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
      this.addImport(node, node.arguments[0], ['*']);
    } else if (isNewExpression(node) && this.textOf(node.expression) === 'URL') {
      // A worker's file is named by `new URL('./worker.ts', import.meta.url)`.
      if (node.arguments?.[1] !== undefined) this.addImport(node, node.arguments[0], ['*']);
    }
  }

  private addImport(node: Node, specifier: Node | undefined, names: readonly string[]): void {
    if (specifier === undefined || !isStringLiteralLikeNode(specifier)) return;
    const target = (specifier as Node & { text: string }).text;
    const from = target.startsWith('.')
      ? relative(this.root, resolve(dirname(this.file), target)).replaceAll('\\', '/')
      : target;
    this.imports.push({ from, line: this.lineOf(node), names });
  }

  private noteExport(node: Node): void {
    const modifiers = [...((node as WithModifiers).modifiers ?? [])];
    if (!modifiers.some((modifier) => modifier.kind === SyntaxKind.ExportKeyword)) return;
    const docstring = this.docstringOf(node);
    for (const declaration of declarationsOf(node)) {
      if (declaration.name === undefined) continue;
      const name = this.textOf(declaration.name);
      this.exports.push({ name, line: this.lineOf(node), kind: kindOf(declaration), docstring });
    }
  }

  private startOf(node: Node): number {
    // A node's own range starts at the white space and comments before it.
    const leading = /^(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/.exec(this.text.slice(node.pos, node.end));
    return node.pos + (leading?.[0].length ?? 0);
  }

  private docstringOf(node: Node): string | null {
    const leading = this.text.slice(node.pos, this.startOf(node));
    const comments = leading.match(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g) ?? [];
    const last = comments.at(-1) ?? '';
    const isAdjacent = !/\n\s*\n/.test(leading.slice(leading.lastIndexOf(last) + last.length));
    return last.startsWith('/**') && isAdjacent ? last : null;
  }

  private textOf(node: Node): string {
    return this.text.slice(this.startOf(node), node.end);
  }

  private lineOf(node: Node): number {
    return this.text.slice(0, this.startOf(node)).split('\n').length;
  }
}

function declarationsOf(node: Node): readonly WithInitializer[] {
  const list = (node as Node & { declarationList?: { declarations: Iterable<WithInitializer> } })
    .declarationList;
  return list === undefined ? [node as WithInitializer] : [...list.declarations];
}

function kindOf(declaration: WithInitializer): ExportFact['kind'] {
  if (TYPES.has(declaration.kind)) return 'type';
  if (isFunctionDeclaration(declaration) || isClassDeclaration(declaration)) return 'callable';
  const value = declaration.initializer;
  return value !== undefined && (isArrowFunction(value) || isFunctionExpression(value))
    ? 'callable'
    : 'value';
}

/** The names that an import or re-export takes from its module. */
function namesOf(node: Node): readonly string[] {
  const names: string[] = [];
  const walk = (part: Node): void => {
    if (part.kind === SyntaxKind.NamespaceImport || part.kind === SyntaxKind.NamespaceExport) names.push('*');
    if (part.kind === SyntaxKind.ImportSpecifier || part.kind === SyntaxKind.ExportSpecifier) {
      const specifier = part as Node & { propertyName?: { text: string }; name: { text: string } };
      names.push((specifier.propertyName ?? specifier.name).text);
      return;
    }
    part.forEachChild(walk);
  };
  walk(node);
  return isExportDeclaration(node) && node.exportClause === undefined ? ['*'] : names;
}
