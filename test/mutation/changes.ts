import {
  isBinaryExpression,
  isCallExpression,
  isConditionalExpression,
  isIdentifier,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isReturnStatement,
  isVariableDeclaration,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import type { Declaration } from './declarations.ts';

/** Replaces `start` to `end` of the file. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

/**
 * One small wrong change. It is found by what the code is, not by its layout: code is compared without white space.
 * `near` is code that the changed part contains; among parts within each other it means the smallest.
 */
export interface Change {
  readonly words: string;
  /** Where the declaration could be changed; more or less than one place is an error of the list. */
  readonly edits: (declaration: Declaration) => readonly Edit[];
}

/** `a < b` becomes `a <= b`. */
export function operator(from: string, to: string, near = ''): Change {
  return change(`operator ${from} becomes ${to}`, near, (scope) => {
    const found = scope.smallest(
      near,
      scope.nodes.filter(isBinaryExpression).filter((node) => scope.code(node.operatorToken) === from),
    );
    return found.map(({ operatorToken }) => scope.edit(operatorToken, to));
  });
}

/** `a && b` becomes `a`. */
export function withoutOperand(near: string): Change {
  return change('without an operand', near, (scope) => {
    const removals = new Map<Node, Edit>();
    for (const { left, right, operatorToken } of scope.nodes.filter(isBinaryExpression)) {
      if (!OPERATORS_TO_LEAVE_OUT.has(operatorToken.kind)) continue;
      removals.set(right, { start: left.end, end: right.end, by: '' });
      const isChain = isBinaryExpression(left) && left.operatorToken.kind === operatorToken.kind;
      if (!isChain && operatorToken.kind !== SyntaxKind.MinusToken)
        removals.set(left, { start: left.getStart(), end: right.getStart(), by: '' });
    }
    return scope.smallest(near, [...removals.keys()]).flatMap((node) => removals.get(node) ?? []);
  });
}

/** `[a, b]` becomes `[a]`; so do arguments of a call and properties of an object. */
export function withoutElement(near: string): Change {
  return change('without an element', near, (scope) => {
    const removals = new Map<Node, Edit>();
    for (const list of scope.nodes.map(listIn)) {
      for (const [at, node] of list.entries()) {
        const [before, after] = [list[at - 1], list[at + 1]];
        const start = after === undefined ? (before?.end ?? node.getStart()) : node.getStart();
        removals.set(node, { start, end: after?.getStart() ?? node.end, by: '' });
      }
    }
    return scope.smallest(near, [...removals.keys()]).flatMap((node) => removals.get(node) ?? []);
  });
}

/** The smallest statement with the code goes. */
export function withoutStatement(near: string): Change {
  return change('without a statement', near, (scope) =>
    scope.smallest(near, scope.nodes.flatMap(statementsIn)).map((node) => scope.edit(node, '')),
  );
}

/** The only `return` in the smallest statement with the code gives another value. */
export function returns(near: string, to: string): Change {
  return change(`returns ${to}`, near, (scope) =>
    scope
      .smallest(near, scope.nodes.flatMap(statementsIn))
      .flatMap((statement) => nodesIn(statement).filter(isReturnStatement))
      .flatMap(({ expression }) => (expression === undefined ? [] : [scope.edit(expression, to)])),
  );
}

/** `list.filter(…)` becomes `list`. */
export function withoutCall(method: string): Change {
  return change(`without .${method}()`, '', (scope) =>
    scope.nodes.filter(isCallExpression).flatMap(({ expression, end }) => {
      if (!isPropertyAccessExpression(expression) || expression.name.text !== method) return [];
      return [{ start: expression.expression.end, end, by: '' }];
    }),
  );
}

/** `a ? b : c` becomes `b` ('then') or `c` ('else'). */
export function branch(taken: 'then' | 'else', near: string): Change {
  return change(`always the ${taken} branch`, near, (scope) =>
    scope
      .smallest(near, scope.nodes.filter(isConditionalExpression))
      .map((node) => scope.edit(node, scope.text(taken === 'then' ? node.whenTrue : node.whenFalse))),
  );
}

/** `a ? b : c` becomes `a ? c : b`. */
export function swappedBranches(near: string): Change {
  return change('branches swapped', near, (scope) =>
    scope.smallest(near, scope.nodes.filter(isConditionalExpression)).map(({ whenTrue, whenFalse }) => ({
      start: whenTrue.getStart(),
      end: whenFalse.end,
      by: `${scope.text(whenFalse)} : ${scope.text(whenTrue)}`,
    })),
  );
}

/** `a - b` becomes `b - a`. */
export function swappedOperands(near: string): Change {
  return change('operands swapped', near, (scope) =>
    scope
      .smallest(near, scope.nodes.filter(isBinaryExpression))
      .map((node) =>
        scope.edit(
          node,
          `${scope.text(node.right)} ${scope.text(node.operatorToken)} ${scope.text(node.left)}`,
        ),
      ),
  );
}

/** One name becomes another. */
export function identifier(from: string, to: string): Change {
  return change(`${from} becomes ${to}`, '', (scope) =>
    scope.nodes
      .filter(isIdentifier)
      .filter((node) => node.text === from)
      .map((node) => scope.edit(node, to)),
  );
}

/** The constant has another value. */
export function constant(to: string): Change {
  return change(`the value becomes ${to}`, '', (scope) => {
    const { node } = scope.declaration;
    const value = isVariableDeclaration(node) ? node.initializer : undefined;
    return value === undefined ? [] : [scope.edit(value, to)];
  });
}

/** A property of an object has another value. */
export function property(name: string, to: string): Change {
  return change(`${name} becomes ${to}`, '', (scope) =>
    scope.nodes
      .filter(isPropertyAssignment)
      .filter((node) => scope.code(node.name) === name)
      .map(({ initializer }) => scope.edit(initializer, to)),
  );
}

/** A part of a string or template, such as SQL, becomes another. */
export function text(from: string, to: string): Change {
  return change(`in a text, ${from} becomes ${to}`, '', (scope) => {
    const pattern = new RegExp(
      from
        .split(/\s+/)
        .map((word) => RegExp.escape(word))
        .join('\\s+'),
      'g',
    );
    return outermost(scope.nodes.filter(({ kind }) => TEXTS.has(kind))).flatMap((node) =>
      [...scope.text(node).matchAll(pattern)].map((match) => {
        const start = node.getStart() + match.index;
        return { start, end: start + match[0].length, by: to };
      }),
    );
  });
}

/** An expression, statement or property becomes another. */
export function instead(code: string, by: string): Change {
  return change(`${code} becomes ${by}`, '', (scope) => {
    const wanted = withoutLayout(code);
    const found = scope.nodes
      .filter((node) => scope.code(node) === wanted)
      .map((node) => scope.edit(node, by));
    return [...new Map(found.map((edit) => [edit.start, edit])).values()];
  });
}

const OPERATORS_TO_LEAVE_OUT = new Set<SyntaxKind>([
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.BarBarToken,
  SyntaxKind.QuestionQuestionToken,
  SyntaxKind.PlusToken,
  SyntaxKind.MinusToken,
  SyntaxKind.AsteriskToken,
]);
const TEXTS = new Set<SyntaxKind>([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateExpression,
  SyntaxKind.RegularExpressionLiteral,
]);

class Scope {
  readonly declaration: Declaration;
  /** All nodes of the declaration, outer ones first. */
  readonly nodes: readonly Node[];

  constructor(declaration: Declaration) {
    this.declaration = declaration;
    this.nodes = nodesIn(declaration.node);
  }

  text(node: Node): string {
    return this.declaration.text.slice(node.getStart(), node.end);
  }

  code(node: Node): string {
    return withoutLayout(this.text(node));
  }

  edit(node: Node, by: string): Edit {
    return { start: node.getStart(), end: node.end, by };
  }

  /** Those with the code, without those around others of them. */
  smallest<T extends Node>(near: string, nodes: readonly T[]): readonly T[] {
    const wanted = withoutLayout(near);
    const found = nodes.filter((node) => contains(this.code(node), wanted));
    return found.filter((node) => !found.some((other) => other !== node && isAround(node, other)));
  }
}

function change(what: string, near: string, edits: (scope: Scope) => readonly Edit[]): Change {
  return {
    words: near === '' ? what : `${what}, near ${near}`,
    edits: (declaration) => edits(new Scope(declaration)),
  };
}

function nodesIn(node: Node): readonly Node[] {
  const inner: Node[] = [];
  node.forEachChild((child) => {
    inner.push(...nodesIn(child));
  });
  return [node, ...inner];
}

function listIn(node: Node): readonly Node[] {
  const { elements, properties } = node as Node & {
    readonly elements?: Iterable<Node>;
    readonly properties?: Iterable<Node>;
  };
  const isLiteral =
    node.kind === SyntaxKind.ArrayLiteralExpression || node.kind === SyntaxKind.ObjectLiteralExpression;
  const list = isLiteral ? (elements ?? properties) : isCallExpression(node) ? node.arguments : undefined;
  return [...(list ?? [])];
}

function statementsIn(node: Node): readonly Node[] {
  const { statements, thenStatement, elseStatement } = node as Node & {
    readonly statements?: Iterable<Node>;
    readonly thenStatement?: Node;
    readonly elseStatement?: Node;
  };
  return [...(statements ?? []), thenStatement, elseStatement].filter((each) => each !== undefined);
}

function outermost(nodes: readonly Node[]): readonly Node[] {
  return nodes.filter((node) => !nodes.some((other) => other !== node && isAround(other, node)));
}

function isAround(outer: Node, inner: Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end;
}

/** The words are there, and not as a part of longer words. */
function contains(code: string, wanted: string): boolean {
  const [start, end] = [/^\w/.test(wanted) ? '(?<!\\w)' : '', /\w$/.test(wanted) ? '(?!\\w)' : ''];
  return new RegExp(`${start}${RegExp.escape(wanted)}${end}`).test(code);
}

/** Code without comments, white space that means nothing and trailing commas. */
function withoutLayout(code: string): string {
  return code
    .replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/(?<=\W) | (?=\W)/g, '')
    .replaceAll(/,(?=[)\]}])/g, '')
    .trim();
}
