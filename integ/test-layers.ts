import { Construct } from 'constructs';
import { PythonLayers } from '../src';

/**
 * The layers of a test's functions. On AWS: what the package brings. On the embedded cloud functions run in this machine's Python, and
 * run.js says where its numpy and pandas are.
 */
export function testLayers(scope: Construct): PythonLayers {
  return new PythonLayers(scope, 'Layers', { directory: process.env.LAKE_LAYERS_DIRECTORY });
}
