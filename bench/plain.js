// @ts-check
// Writes an app of plain aws-cdk-lib that makes the resources and assets of another app's stack, each as its L1 class, as a team would write them by hand.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');

/** @typedef {import('aws-cdk-lib').Stack} Stack */

/** Not part of what is deployed, but of how the library is found again. */
const ATTRIBUTES = ['Type', 'Properties', 'DependsOn', 'DeletionPolicy', 'UpdateReplacePolicy', 'Metadata'];

/**
 * The functions of templates as a team writes them; references from the resource where it is there already.
 * @type {Record<string, (argument: any, made: Set<string>) => string>}
 */
const INTRINSICS = {
  'Ref': (id, made) => (made.has(id) ? `made.${id}.ref` : `cdk.Fn.ref('${id}')`),
  'Fn::GetAtt': ([id, attribute], made) => `${made.has(id) ? `made.${id}.getAtt('${attribute}')` : `cdk.Fn.getAtt('${id}', '${attribute}')`}.toString()`,
  'Fn::Join': ([delimiter, parts], made) => `cdk.Fn.join(${JSON.stringify(delimiter)}, ${expression(parts, made)})`,
  'Fn::Sub': (text) => `cdk.Fn.sub(${JSON.stringify(text)})`,
};

/**
 * Returns an expression for a value of a template.
 * @param {any} value
 * @param {Set<string>} made logical ids of the resources above
 * @returns {string}
 */
function expression(value, made) {
  if (Array.isArray(value)) return `[${value.map((item) => expression(item, made)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (!others.length && INTRINSICS[name]) return INTRINSICS[name](argument, made);
  return `{ ${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${expression(item, made)}`).join(', ')} }`;
}

/**
 * Returns the namespace of aws-cdk-lib that has a class.
 * @param {any} cdk
 * @param {Function} wanted
 */
const namespaceOf = (cdk, wanted) => Object.keys(cdk).find((name) => name.startsWith('aws_') && cdk[name][wanted.name] === wanted);

/**
 * Returns the statements that make a resource.
 * @param {string} id
 * @param {any} resource an L1 of `CfnInclude`
 * @param {any} attributes what the template says of it
 * @param {Set<string>} made
 */
function statements(id, resource, attributes, made) {
  const cdk = require('aws-cdk-lib');
  const type = resource.constructor;
  // The names of the class's properties, which differ from CloudFormation's.
  const properties = cdk.Stack.of(resource).resolve(resource.cfnProperties);
  const lines = [`made.${id} = new cdk.${namespaceOf(cdk, type)}.${type.name}(stack, ${JSON.stringify(id)}, ${expression(properties, made)});`];
  for (const other of [attributes.DependsOn ?? []].flat()) lines.push(`made.${id}.addDependency(made.${other});`);
  for (const [name, option] of [['DeletionPolicy', 'deletionPolicy'], ['UpdateReplacePolicy', 'updateReplacePolicy'], ['Metadata', 'metadata']]) {
    if (attributes[name] !== undefined) lines.push(`made.${id}.cfnOptions.${option} = ${expression(attributes[name], made)};`);
  }
  return lines;
}

/**
 * Returns the resources of a template in an order in which each is after those that it depends on.
 * @param {Record<string, any>} resources
 */
function ordered(resources) {
  /** @type {string[]} */
  const order = [];
  /** @param {string} id */
  const visit = (id) => {
    if (order.includes(id)) return;
    [resources[id].DependsOn ?? []].flat().forEach(visit);
    order.push(id);
  };
  Object.keys(resources).forEach(visit);
  return order;
}

/**
 * Writes a module with a function that adds the resources to a stack.
 * @param {string} folder where the other app's assembly is, and where the module goes
 * @param {string} template path of the stack's template
 */
function writePlain(folder, template) {
  const cdk = require('aws-cdk-lib');
  const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');
  const { Resources: resources } = JSON.parse(fs.readFileSync(template, 'utf8'));
  const include = new CfnInclude(new cdk.Stack(), 'Template', { templateFile: template });
  const made = new Set();
  const lines = ordered(resources).flatMap((id) => {
    const written = statements(id, include.getResource(id), resources[id], made);
    made.add(id);
    return written;
  });
  fs.writeFileSync(path.join(folder, 'plain.js'), [
    '\'use strict\';',
    'const cdk = require(\'aws-cdk-lib\');',
    'module.exports = (stack) => {',
    'const made = {};',
    ...lines,
    '};',
  ].join('\n'));
}

/**
 * Adds the assets of the other app.
 * @param {Stack} stack
 * @param {string} folder
 */
function addAssets(stack, folder) {
  const { Asset } = require('aws-cdk-lib/aws-s3-assets');
  for (const name of fs.readdirSync(folder).filter((found) => found.startsWith('asset.'))) {
    const [, hash, extension] = name.split('.');
    // Both know the hash of the layers beforehand, and read the other files for it.
    new Asset(stack, name, { path: path.join(folder, name), assetHash: extension === 'zip' ? hash : undefined });
  }
}

/**
 * Fails unless two templates make the same resources.
 * @param {any} one
 * @param {any} other
 */
function requireSame(one, other) {
  /** @param {any} template */
  const resources = (template) => Object.fromEntries(Object.entries(template.Resources).map(([id, resource]) => (
    [id, Object.fromEntries(ATTRIBUTES.map((name) => [name, name === 'DependsOn' ? [resource[name] ?? []].flat().sort() : resource[name]]))])));
  assert.deepStrictEqual(resources(one), resources(other));
}

module.exports = { addAssets, requireSame, writePlain };
