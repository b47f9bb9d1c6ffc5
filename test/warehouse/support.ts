import { Stack } from 'aws-cdk-lib';
import { DataLakeAcceleratorProps, Curation, LakeNetwork, QuickSightEdition, TableDefinition, WarehouseOptions } from '../../src';
import { lakeIn } from '../audit/support';
import { newStack } from '../zone/helpers';

export const OLIST = ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name }));

/** What a lake with a dashboard has. */
export function dashboardIn(tables: TableDefinition[]): Partial<DataLakeAcceleratorProps> {
  const groupArn = 'arn:aws:quicksight:eu-west-1:111122223333:group/default/sales';
  return { tables, curation: Curation.sellerPerformance(), dashboard: { edition: QuickSightEdition.ENTERPRISE, groupArn } };
}

/** A lake with a warehouse in a network of its own. */
export function warehouseOf(options: Partial<WarehouseOptions> = {}, props: Partial<DataLakeAcceleratorProps> = {}, stack = newStack()) {
  return { stack, ...addWarehouse(stack, options, props) };
}

export function addWarehouse(stack: Stack, options: Partial<WarehouseOptions>, props: Partial<DataLakeAcceleratorProps> = {}) {
  const network = options.network ? undefined : new LakeNetwork(stack, 'Network');
  const lake = lakeIn(stack, {
    tables: OLIST, curation: Curation.sellerPerformance(), warehouse: { ...options, network: options.network ?? network!.attachment() }, ...props,
  });
  return { lake, warehouse: lake.warehouse! };
}
