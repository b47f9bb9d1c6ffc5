/** A lake with a serverless warehouse. */
import { warehouseTest } from './warehouse-lake';
import { Warehouse } from '../src';

warehouseTest('Warehouse', Warehouse.serverless({ usageLimit: { rpuHours: 10 } }));
