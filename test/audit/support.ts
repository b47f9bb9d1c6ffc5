import * as fs from 'fs';
import * as path from 'path';
import { Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DataLakeAccelerator, DataLakeAcceleratorProps, IPythonLayers } from '../../src';
import { anchorOf } from '../../src/audit/alarms';
import { newStack } from '../zone/helpers';

/** A lake of one table, without layers that would have to be built. */
export function lakeIn(stack: Stack, props: Partial<DataLakeAcceleratorProps> = {}): DataLakeAccelerator {
  const arn = 'arn:aws:lambda:eu-west-1:111122223333:layer:both:1';
  const layers: IPythonLayers = {
    runtime: lambda.Runtime.PYTHON_3_14, architecture: lambda.Architecture.ARM_64, layers: [lambda.LayerVersion.fromLayerVersionArn(stack, 'Both', arn)],
  };
  return new DataLakeAccelerator(stack, 'Lake', { tables: [{ name: 'orders' }], layers, ...props });
}

export function monitoredLake(monitoring: DataLakeAcceleratorProps['monitoring'] = {}, props: Partial<DataLakeAcceleratorProps> = {}) {
  const stack = newStack();
  const lake = lakeIn(stack, { monitoring, ...props });
  return { stack, lake, monitoring: lake.monitoring! };
}

/** The anchors of the headings of docs/operations.md. */
export function sections(): string[] {
  const text = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
  return text.split('\n').filter((line) => line.startsWith('#')).map((line) => anchorOf(line.replace(/^#+ /, '')));
}
