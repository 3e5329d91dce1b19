import { join, relative } from 'node:path';
import {
  isArrowFunction,
  isFunctionDeclaration,
  isFunctionExpression,
  isIdentifier,
  isMethodDeclaration,
  isVariableDeclaration,
  type Node,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

/** A function, method or top-level constant of the sources that has a name. */
export interface Declaration {
  readonly name: string;
  /** Relative to the checkout, with `/`. */
  readonly file: string;
  /** The text of the file. Positions of nodes count its UTF-16 units. */
  readonly text: string;
  readonly node: Node;
}

/** Every named function, method and top-level constant below `src` of the checkout `root`, by name. */
export function readDeclarations(root: string): ReadonlyMap<string, readonly Declaration[]> {
  const api = new API({ cwd: root });
  const found = new Map<string, Declaration[]>();
  try {
    const project = api.updateSnapshot({ openProject: join(root, 'tsconfig.json') }).getProjects()[0];
    if (project === undefined) throw new TypeError('tsconfig.json opens no project');
    for (const path of project.rootFiles) {
      const file = relative(root, path).replaceAll('\\', '/');
      const source = file.startsWith('src/') ? project.program.getSourceFile(path) : undefined;
      if (source === undefined) continue;
      const visit = (node: Node, depth: number): void => {
        const name = nameOf(node, depth);
        if (name !== null) {
          const known = found.get(name) ?? [];
          found.set(name, [...known, { name, file, text: source.text, node }]);
        }
        node.forEachChild((child) => {
          visit(child, depth + 1);
        });
      };
      visit(source, 0);
    }
  } finally {
    api.close();
  }
  return found;
}

/** SourceFile, VariableStatement, VariableDeclarationList, VariableDeclaration. */
const DEPTH_OF_TOP_LEVEL = 3;

function nameOf(node: Node, depth: number): string | null {
  const name = (node as Node & { readonly name?: Node }).name;
  if (name === undefined || !isIdentifier(name)) return null;
  if (isFunctionDeclaration(node) || isMethodDeclaration(node)) return name.text;
  if (!isVariableDeclaration(node)) return null;
  const value = node.initializer;
  const isFunction = value !== undefined && (isArrowFunction(value) || isFunctionExpression(value));
  return isFunction || depth === DEPTH_OF_TOP_LEVEL ? name.text : null;
}
