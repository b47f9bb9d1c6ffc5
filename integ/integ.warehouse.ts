/** A lake with a serverless warehouse, which is loaded twice. */
import { warehouseTest } from './warehouse-lake';
import { Warehouse } from '../src';

warehouseTest('Warehouse', Warehouse.serverless({ usageLimit: { rpuHours: 10 } }), { runsTwice: true });
