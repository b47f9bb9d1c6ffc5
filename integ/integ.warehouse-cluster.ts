/**
 * A lake with a cluster as its warehouse, of one node, and a dashboard that asks it. To deploy this on AWS takes an account of QuickSight with
 * the group below, which nothing in a template makes.
 */
import { warehouseTest } from './warehouse-lake';
import { DashboardVia, QuickSightEdition, Warehouse } from '../src';

warehouseTest('WarehouseCluster', Warehouse.provisioned({ nodeType: 'ra3.large', nodes: 1 }), {
  dashboardOf: (stack) => ({
    via: DashboardVia.REDSHIFT,
    edition: QuickSightEdition.ENTERPRISE,
    groupArn: stack.formatArn({ service: 'quicksight', resource: 'group', resourceName: 'default/sales' }),
  }),
});
