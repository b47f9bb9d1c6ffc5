import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { App, Stack, aws_lambda as lambda } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { PythonLayers, PythonLayersProps } from '../../src';
import { findBuiltLayers, locksHash } from '../../src/private/built-layers';
import { nagErrors } from '../private/nag';

let scratch: string;
const environment = { ...process.env };

beforeEach(() => {
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'python-layers-'));
  process.env.LAKE_CACHE = path.join(scratch, 'cache');
});

afterEach(() => {
  process.env = { ...environment };
  fs.rmSync(scratch, { recursive: true });
});

/** Builds layers of one file each, as the build would leave them. */
function buildIn(directory: string, contents = 'x = 1\n'): string {
  for (const name of ['numpy', 'pandas']) {
    fs.mkdirSync(path.join(directory, name, 'python', name), { recursive: true });
    fs.writeFileSync(path.join(directory, name, 'python', name, '__init__.py'), contents);
  }
  return directory;
}

function newStack(): Stack {
  return new Stack(new App({ outdir: path.join(scratch, 'cdk.out') }), 'Stack');
}

function errors(stack: Stack): string[] {
  return Annotations.fromStack(stack).findError('*', Match.anyValue()).map((entry) => String(entry.entry.data));
}

/** The names of the assets, which are their hashes. */
function assets(stack: Stack): string[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::Lambda::LayerVersion')).map((layer) => layer.Properties.Content.S3Key);
}

function assetsOf(props: PythonLayersProps): string[] {
  const stack = newStack();
  new PythonLayers(stack, 'Layers', props);
  return assets(stack);
}

test('by default: two layers for Python 3.14 on arm64', () => {
  const stack = newStack();
  const layers = new PythonLayers(stack, 'Layers', { directory: buildIn(scratch) });

  expect(layers.runtime).toBe(lambda.Runtime.PYTHON_3_14);
  expect(layers.architecture).toBe(lambda.Architecture.ARM_64);
  const made = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::LayerVersion'));
  expect(made.map((layer) => layer.Metadata.datalake)).toEqual([
    { kind: 'layer', name: 'numpy', runtime: 'python3.14', architecture: 'arm64' },
    { kind: 'layer', name: 'pandas', runtime: 'python3.14', architecture: 'arm64' },
  ]);
  for (const { Properties } of made) expect(Properties).toMatchObject({ CompatibleRuntimes: ['python3.14'], CompatibleArchitectures: ['arm64'] });
  expect(errors(stack)).toEqual([]);
  expect(nagErrors(stack)).toEqual([]);
});

test('the order is numpy, pandas; the list is a copy', () => {
  const stack = newStack();
  const layers = new PythonLayers(stack, 'Layers', { directory: buildIn(scratch) });
  layers.layers.pop();

  expect(layers.layers.map((layer) => layer.node.id)).toEqual(['Numpy', 'Pandas']);
});

test('runtime and architecture', () => {
  const stack = newStack();
  new PythonLayers(stack, 'Layers', {
    directory: buildIn(scratch), runtime: lambda.Runtime.PYTHON_3_12, architecture: lambda.Architecture.X86_64,
  });

  Template.fromStack(stack).allResourcesProperties('AWS::Lambda::LayerVersion', { CompatibleRuntimes: ['python3.12'], CompatibleArchitectures: ['x86_64'] });
});

test.each([lambda.Runtime.PYTHON_3_11, lambda.Runtime.NODEJS_22_X])('refuses %s, which has no wheels', (runtime) => {
  expect(() => new PythonLayers(newStack(), 'Layers', { runtime }))
    .toThrow(`there are no numpy and pandas layers for runtime '${runtime.name}': use python3.12, python3.13, python3.14`);
});

describe('where they are found', () => {
  test('in the user\'s cache, where the build of these locks leaves them', () => {
    buildIn(path.join(scratch, 'cache', 'layers', `python3.13-x86_64-${locksHash()}`));
    const stack = newStack();
    new PythonLayers(stack, 'Layers', { runtime: lambda.Runtime.PYTHON_3_13, architecture: lambda.Architecture.X86_64 });

    expect(errors(stack)).toEqual([]);
  });

  test('not in a build of other locks', () => {
    buildIn(path.join(scratch, 'cache', 'layers', 'python3.13-x86_64-000000000000'));
    const stack = newStack();
    new PythonLayers(stack, 'Layers', { runtime: lambda.Runtime.PYTHON_3_13, architecture: lambda.Architecture.X86_64 });

    expect(errors(stack)).toHaveLength(1);
  });

  test('a folder that was given is the only place', () => {
    buildIn(path.join(scratch, 'cache', 'layers', `python3.14-arm64-${locksHash()}`));
    const stack = newStack();
    new PythonLayers(stack, 'Layers', { directory: scratch });

    expect(errors(stack)).toEqual([expect.stringContaining(`are not built in '${scratch}': run`)]);
  });

  test('nowhere: synthesis says how to build them, and the lock files stand in', () => {
    const stack = newStack();
    new PythonLayers(stack, 'Layers', { runtime: lambda.Runtime.PYTHON_3_13, architecture: lambda.Architecture.X86_64 });

    expect(errors(stack)).toEqual([
      'the numpy and pandas layers for python3.13 on x86_64 are not built: run '
      + "'npx lake layers --runtime python3.13 --arch x86_64', or use AWS's own layer with PythonLayers.fromAwsSdkForPandas()",
    ]);
    const staged = fs.readdirSync(path.join(scratch, 'cdk.out')).filter((name) => name.startsWith('asset.'));
    for (const name of staged) expect(fs.readdirSync(path.join(scratch, 'cdk.out', name)).sort()).toEqual(['requirements.in', 'requirements.txt']);
  });
});

describe('the asset\'s hash', () => {
  test('depends on the contents only: not on place or time', () => {
    const one = buildIn(path.join(scratch, 'one'));
    const two = buildIn(path.join(scratch, 'two'));
    fs.utimesSync(path.join(two, 'numpy', 'python', 'numpy', '__init__.py'), 0, 0);

    expect(assetsOf({ directory: one })).toEqual(assetsOf({ directory: two }));
  });

  test('changes with a byte', () => {
    expect(assetsOf({ directory: buildIn(path.join(scratch, 'one')) })).not.toEqual(assetsOf({ directory: buildIn(path.join(scratch, 'two'), 'x = 2\n') }));
  });

  test('is read from the mark of a finished build', () => {
    const directory = buildIn(path.join(scratch, 'one'));
    fs.writeFileSync(path.join(directory, '.complete'), JSON.stringify({ hashes: { numpy: 'a'.repeat(64), pandas: 'b'.repeat(64) } }));

    const marked = assetsOf({ directory });
    fs.writeFileSync(path.join(directory, 'numpy', 'python', 'numpy', '__init__.py'), 'other');

    expect(assetsOf({ directory })).toEqual(marked);
  });

  test('the zip of a finished build is staged in place of its folder, and is the same layer', () => {
    const directory = buildIn(path.join(scratch, 'one'));
    fs.writeFileSync(path.join(directory, '.complete'), JSON.stringify({ hashes: { numpy: 'a'.repeat(64), pandas: 'b'.repeat(64) } }));
    const before = assetsOf({ directory });
    for (const name of ['numpy', 'pandas']) fs.writeFileSync(path.join(directory, `${name}.zip`), 'zipped');

    expect(assetsOf({ directory })).toEqual(before);
    expect(findBuiltLayers('python3.14-arm64', directory)).toMatchObject({ numpy: { path: path.join(directory, 'numpy.zip') }, pandas: { path: path.join(directory, 'pandas.zip') } });
  });

  test.each(['not JSON', '{}', '{"hashes": {"numpy": "short"}}'])('a mark that says nothing is passed over: %s', (text) => {
    const directory = buildIn(path.join(scratch, 'one'));
    const before = assetsOf({ directory });
    fs.writeFileSync(path.join(directory, '.complete'), text);

    expect(assetsOf({ directory })).toEqual(before);
  });
});

describe('AWS\'s own layer', () => {
  const parameter = (stack: Stack) => Object.values(Template.fromStack(stack).findParameters('*')).map((one) => one.Default);

  test('by default: for Python 3.14 on arm64, its ARN from AWS\'s public parameters', () => {
    const stack = newStack();
    const layers = PythonLayers.fromAwsSdkForPandas(stack, 'Layers');

    expect(layers.runtime).toBe(lambda.Runtime.PYTHON_3_14);
    expect(layers.architecture).toBe(lambda.Architecture.ARM_64);
    expect(layers.layers).toHaveLength(1);
    expect(parameter(stack)).toContain('/aws/service/aws-sdk-pandas/3.16.1/py3.14/arm64/layer-arn');
    expect(stack.resolve(layers.layers[0].layerVersionArn)).toEqual({ Ref: expect.stringContaining('SsmParameterValueawsserviceawssdkpandas3161py314arm64layerarn') });
    expect(errors(stack)).toEqual([]);
  });

  test('release, runtime and architecture', () => {
    const stack = newStack();
    PythonLayers.fromAwsSdkForPandas(stack, 'Layers', {
      release: '3.12.1', runtime: lambda.Runtime.PYTHON_3_12, architecture: lambda.Architecture.X86_64,
    });

    expect(parameter(stack)).toContain('/aws/service/aws-sdk-pandas/3.12.1/py3.12/x86_64/layer-arn');
  });

  test.each(['latest', '3.16'])('refuses the release %s', (release) => {
    expect(() => PythonLayers.fromAwsSdkForPandas(newStack(), 'Layers', { release }))
      .toThrow(`release of AWS SDK for pandas is '${release}': give a version like '3.16.1'`);
  });
});

test('logical ids', () => {
  const stack = newStack();
  new PythonLayers(stack, 'Layers', { directory: buildIn(scratch) });

  expect(Object.keys(Template.fromStack(stack).findResources('AWS::Lambda::LayerVersion'))
    .map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['LayersNumpy', 'LayersPandas']);
});
