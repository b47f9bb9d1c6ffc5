// Lakes with a warehouse, a dashboard, or both, and one with a database, one stack each: for test_permissions.py and test_template.py.
import { App, Stack, aws_ec2 as ec2, aws_iam as iam } from 'aws-cdk-lib';
import { AuroraSink, Curation, DashboardVia, DataLakeAccelerator, LakeNetwork, PersonaTrust, QuickSightEdition, Warehouse } from '../../../src';

const TABLES = ['order_items', 'order_reviews', 'closed_deals'].map((name) => ({ name }));
const WAREHOUSES: Record<string, { compute?: Warehouse; via: DashboardVia }> = {
  ServerlessViaRedshift: { compute: Warehouse.serverless(), via: DashboardVia.REDSHIFT },
  ServerlessViaAthena: { compute: Warehouse.serverless(), via: DashboardVia.ATHENA },
  ProvisionedViaRedshift: { compute: Warehouse.provisioned(), via: DashboardVia.REDSHIFT },
  ProvisionedViaAthena: { compute: Warehouse.provisioned(), via: DashboardVia.ATHENA },
  ViaAthena: { via: DashboardVia.ATHENA },
};

const app = new App();
for (const [name, { compute, via }] of Object.entries(WAREHOUSES)) {
  const stack = new Stack(app, name);
  const network = new LakeNetwork(stack, 'Network');
  const warehouse = compute && {
    network: network.attachment(),
    compute,
    readers: [new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() })],
    peers: [new ec2.SecurityGroup(stack, 'Peer', { vpc: network.vpc })],
  };
  new DataLakeAccelerator(stack, 'Lake', {
    tables: TABLES,
    curation: Curation.sellerPerformance(),
    personas: { trust: PersonaTrust.account() },
    warehouse,
    dashboard: {
      via,
      edition: QuickSightEdition.ENTERPRISE,
      groupArn: stack.formatArn({ service: 'quicksight', resource: 'group', resourceName: 'default/sales' }),
    },
  });
}

const stack = new Stack(app, 'Aurora');
const network = new LakeNetwork(stack, 'Network');
const database = new AuroraSink(stack, 'Database', {
  network: network.attachment(),
  readers: [new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() })],
  peers: [new ec2.SecurityGroup(stack, 'Peer', { vpc: network.vpc })],
});
new DataLakeAccelerator(stack, 'Lake', {
  tables: TABLES, curation: Curation.sellerPerformance(), personas: { trust: PersonaTrust.account() }, sinks: [database],
});
