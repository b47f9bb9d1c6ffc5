import { Stack } from 'aws-cdk-lib';
import { DataLakeAcceleratorProps, Curation, LakeNetwork, WarehouseOptions } from '../../src';
import { lakeIn } from '../audit/support';
import { newStack } from '../zone/helpers';

export const OLIST = ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name }));

/** A lake with a warehouse in a network of its own. */
export function warehouseOf(options: Partial<WarehouseOptions> = {}, props: Partial<DataLakeAcceleratorProps> = {}) {
  const stack = newStack();
  return { stack, ...addWarehouse(stack, options, props) };
}

export function addWarehouse(stack: Stack, options: Partial<WarehouseOptions>, props: Partial<DataLakeAcceleratorProps> = {}) {
  const network = options.network ? undefined : new LakeNetwork(stack, 'Network');
  const lake = lakeIn(stack, {
    tables: OLIST, curation: Curation.sellerPerformance(), warehouse: { ...options, network: options.network ?? network!.attachment() }, ...props,
  });
  return { lake, warehouse: lake.warehouse! };
}
