// @ts-check
// Compiled modules that load others when these are first used, as aws-cdk-lib does with its own: an app pays for the parts that it has.
'use strict';
const ts = require('typescript');

/** @typedef {{ start: number, end: number, text: string }} Edit */

/**
 * Returns whether an expression loads a module: `require("x")` or `__importStar(require("x"))`.
 * @param {import('typescript').Node | undefined} node
 * @returns {boolean}
 */
function loads(node) {
  if (!node || !ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return false;
  return node.expression.text === 'require' || (node.expression.text === '__importStar' && loads(node.arguments[0]));
}

/**
 * Returns the top-level variables that hold a module, by their names.
 * @param {import('typescript').SourceFile} source
 * @returns {Map<string, { statement: import('typescript').Statement, declaration: import('typescript').VariableDeclaration }>}
 */
function imports(source) {
  const found = new Map();
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement) || statement.declarationList.declarations.length !== 1) continue;
    const [declaration] = statement.declarationList.declarations;
    if (ts.isIdentifier(declaration.name) && loads(declaration.initializer)) found.set(declaration.name.text, { statement, declaration });
  }
  return found;
}

/**
 * Returns whether an identifier is a name after a dot or a member's, and no variable.
 * @param {import('typescript').Identifier} node
 */
function isMemberName(node) {
  const { parent } = node;
  const hasName = [ts.isPropertyAccessExpression, ts.isPropertyAssignment, ts.isMethodDeclaration, ts.isPropertyDeclaration, ts.isGetAccessor]
    .some((is) => is(parent));
  return hasName && /** @type {import('typescript').NamedDeclaration} */ (parent).name === node;
}

/**
 * Returns the places at which each import is used; none for an import whose name stands for something else, too, or is used as a whole.
 * @param {import('typescript').SourceFile} source
 * @param {ReturnType<typeof imports>} found
 * @returns {Map<string, import('typescript').Identifier[]>}
 */
function usesOf(source, found) {
  /** @type {Map<string, import('typescript').Identifier[]>} */
  const uses = new Map([...found.keys()].map((name) => [name, []]));
  /** @param {import('typescript').Node} node */
  const visit = (node) => {
    if (ts.isIdentifier(node) && found.has(node.text) && found.get(node.text)?.declaration.name !== node) {
      if (ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node) uses.get(node.text)?.push(node);
      else if (!isMemberName(node)) uses.delete(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return uses;
}

/**
 * Returns a compiled module in which each import is loaded when something of it is first used.
 * @param {string} text
 * @returns {string}
 */
function lazyImports(text) {
  const source = ts.createSourceFile('module.js', text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const found = imports(source);
  /** @type {Edit[]} */
  const edits = [];
  for (const [name, places] of usesOf(source, found)) {
    const { statement, declaration } = /** @type {NonNullable<ReturnType<typeof found.get>>} */ (found.get(name));
    const load = `let ${name} = () => { const loaded = ${declaration.initializer?.getText()}; ${name} = () => loaded; return loaded; };`;
    edits.push({ start: statement.getStart(), end: statement.end, text: load });
    // In parentheses, because of `new module.Class()`.
    for (const place of places) edits.push({ start: place.getStart(), end: place.end, text: `(${name}())` });
  }
  edits.sort((one, other) => other.start - one.start);
  return edits.reduce((result, edit) => result.slice(0, edit.start) + edit.text + result.slice(edit.end), text);
}

/**
 * Returns the index with a getter for each name, in place of `export *`.
 *
 * An app that is an ES module imports the names that Node reads from the text of a CommonJS module: those of `exports.NAME = void 0`, unless a
 * getter follows that it does not know. It overlooks one whose name is the value of an assignment, as in aws-cdk-lib.
 * @param {string} text
 * @param {(module: string) => string[]} namesOf what a module exports
 * @returns {string}
 */
function lazyIndex(text, namesOf) {
  const star = /^__exportStar\(require\("([^"]+)"\), exports\);$/gm;
  const getters = text.replace(star, (_, module) => namesOf(module).flatMap((name) => [
    `exports.${name} = void 0;`,
    `Object.defineProperty(exports, "${name}", { enumerable: true, configurable: true, get: () => require("${module}").${name} });`,
  ]).join('\n'));
  const named = getters.replace(/^(Object\.defineProperty\(exports, )("(?!__esModule)\w+")/gm, '$1hidden = $2');
  return named === text ? text : named.replace(/^("use strict";\n)?/, '$1let hidden;\n');
}

/**
 * Returns a compiled module without its source map: two thirds of the file, which Node reads with it.
 * @param {string} text
 * @returns {string}
 */
const withoutSourceMap = (text) => text.replace(/^\/\/# sourceMappingURL=.*\n?/m, '');

module.exports = { lazyImports, lazyIndex, withoutSourceMap };
