import * as path from 'path';
import { Annotations, aws_lambda as lambda, aws_ssm as ssm } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { MISSING_LAYERS } from '../private/annotations';
import { findBuiltLayers, LAYER_NAMES, lockFile } from '../private/built-layers';
import { describe } from '../private/metadata';
import { StagedCode } from '../private/staged-code';

/**
 * Layers with numpy and pandas, for functions of one runtime and architecture.
 *
 * @example
 * const layers: IPythonLayers = PythonLayers.fromAwsSdkForPandas(this, 'Layers', { runtime: lambda.Runtime.PYTHON_3_13 });
 * new DataLakeAccelerator(this, 'Lake', { tables: [{ name: 'orders' }], layers });
 */
export interface IPythonLayers {
  /** The runtime that the layers were built for. */
  readonly runtime: lambda.Runtime;

  /** The architecture that the layers were built for. */
  readonly architecture: lambda.Architecture;

  /** The layers, in the order in which a function takes them. */
  readonly layers: lambda.ILayerVersion[];
}

/**
 * What the layers are for.
 *
 * @example
 * const target: PythonLayersTarget = { architecture: lambda.Architecture.X86_64 };
 */
export interface PythonLayersTarget {
  /**
   * The runtime of the functions: Python 3.12, 3.13 or 3.14.
   *
   * @default - Python 3.14, the newest that AWS Lambda has and that both wheels exist for
   * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
   */
  readonly runtime?: lambda.Runtime;

  /**
   * The architecture of the functions.
   *
   * @default - ARM_64
   */
  readonly architecture?: lambda.Architecture;
}

/**
 * Properties of PythonLayers.
 *
 * @example
 * const props: PythonLayersProps = { runtime: lambda.Runtime.PYTHON_3_13, directory: 'layers' };
 */
export interface PythonLayersProps extends PythonLayersTarget {
  /**
   * A folder with the layers: the folders `numpy/python/...` and `pandas/python/...`, or the zip files `numpy.zip` and `pandas.zip`
   * with `python/...` in them.
   *
   * @default - those that the package brings, which are for Python 3.14 on both architectures; for other runtimes those that
   * `npx lake layers` left in the user's cache
   */
  readonly directory?: string;
}

/**
 * Which of AWS's own layers to use.
 *
 * @example
 * const props: AwsSdkForPandasProps = { runtime: lambda.Runtime.PYTHON_3_13, architecture: lambda.Architecture.X86_64 };
 */
export interface AwsSdkForPandasProps extends PythonLayersTarget {
  /**
   * The release of AWS SDK for pandas, which must have a layer for the runtime.
   *
   * @default '3.16.1'
   * @see https://aws-sdk-pandas.readthedocs.io/en/stable/layers.html
   */
  readonly release?: string;
}

/** The runtimes that the pinned wheels can run on: they need glibc 2.27 or later, which Lambda has from Python 3.12 on. */
const RUNTIMES = [lambda.Runtime.PYTHON_3_12, lambda.Runtime.PYTHON_3_13, lambda.Runtime.PYTHON_3_14];
const DEFAULT_RUNTIME = lambda.Runtime.PYTHON_3_14;
const DEFAULT_ARCHITECTURE = lambda.Architecture.ARM_64;
const DEFAULT_RELEASE = '3.16.1';

/**
 * numpy and pandas as two layers, from the hash-locked requirements in `lambda-layers/`.
 *
 * The package brings them for Python 3.14. For another runtime `npx lake layers` builds them, without Docker: until then synthesis reports
 * an error that says so; `PythonLayers.fromAwsSdkForPandas()` uses AWS's public layer instead, and needs no build.
 *
 * @example
 * const python = new PythonLayers(this, 'Layers');
 * new lambda.Function(this, 'Function', {
 *   runtime: python.runtime,
 *   architecture: python.architecture,
 *   layers: python.layers,
 *   code: lambda.Code.fromAsset('lambda'),
 *   handler: 'index.handler',
 * });
 */
export class PythonLayers extends Construct implements IPythonLayers {
  /**
   * AWS's public layer AWSSDKPandas, which brings numpy and pandas (and more) in the versions of its release.
   *
   * Its ARN comes from AWS's public parameters as the stack is deployed, so that it is right in every region that has the layer
   * (AWS's commercial regions).
   *
   * @see https://aws-sdk-pandas.readthedocs.io/en/stable/install.html
   */
  public static fromAwsSdkForPandas(scope: Construct, id: string, props: AwsSdkForPandasProps = {}): IPythonLayers {
    const { runtime, architecture } = target(props);
    const release = props.release ?? DEFAULT_RELEASE;
    if (!/^\d+\.\d+\.\d+$/.test(release)) {
      throw new Error(`release of AWS SDK for pandas is '${release}': give a version like '${DEFAULT_RELEASE}'`);
    }
    const holder = new Construct(scope, id);
    const arn = ssm.StringParameter.valueForStringParameter(
      holder, `/aws/service/aws-sdk-pandas/${release}/${runtime.name.replace('python', 'py')}/${architecture.name}/layer-arn`);
    return { runtime, architecture, layers: [lambda.LayerVersion.fromLayerVersionArn(holder, 'AwsSdkForPandas', arn)] };
  }

  /** The runtime that the layers were built for. */
  public readonly runtime: lambda.Runtime;

  /** The architecture that the layers were built for. */
  public readonly architecture: lambda.Architecture;

  private readonly versions: lambda.LayerVersion[];

  constructor(scope: Construct, id: string, props: PythonLayersProps = {}) {
    super(scope, id);
    const { runtime, architecture } = target(props);
    this.runtime = runtime;
    this.architecture = architecture;
    const platform = `${runtime.name}-${architecture.name}`;
    const built = findBuiltLayers(platform, props.directory);
    if (!built) {
      // `lake up` finds this entry, builds the layers, and synthesizes again.
      this.node.addMetadata(MISSING_LAYERS, { runtime: runtime.name, architecture: architecture.name });
      Annotations.of(this).addError(
        `the numpy and pandas layers for ${runtime.name} on ${architecture.name} are not built`
        + (props.directory ? ` in '${props.directory}'` : '')
        + `: run 'npx lake layers --runtime ${runtime.name} --arch ${architecture.name}', `
        + 'or use AWS\'s own layer with PythonLayers.fromAwsSdkForPandas()');
    }
    this.versions = LAYER_NAMES.map((name) => {
      const version = new lambda.LayerVersion(this, name === 'numpy' ? 'Numpy' : 'Pandas', {
        description: `${name} for ${platform}`,
        compatibleRuntimes: [runtime],
        compatibleArchitectures: [architecture],
        // Not built: use the lock file as placeholder code so that synthesis can continue; the error above stops a deployment.
        code: built
          ? new StagedCode({ path: built[name].path, assetHash: built[name].hash })
          : new StagedCode({ path: path.dirname(lockFile(name)) }),
      });
      describe(version, { kind: 'layer', name, runtime: runtime.name, architecture: architecture.name });
      return version;
    });
  }

  /** The layers, numpy first. */
  public get layers(): lambda.ILayerVersion[] {
    return [...this.versions];
  }
}

function target(props: PythonLayersTarget): { runtime: lambda.Runtime; architecture: lambda.Architecture } {
  const runtime = props.runtime ?? DEFAULT_RUNTIME;
  if (!RUNTIMES.some((supported) => supported.name === runtime.name)) {
    throw new Error(`there are no numpy and pandas layers for runtime '${runtime.name}': use ${RUNTIMES.map((one) => one.name).join(', ')}`);
  }
  return { runtime, architecture: props.architecture ?? DEFAULT_ARCHITECTURE };
}
