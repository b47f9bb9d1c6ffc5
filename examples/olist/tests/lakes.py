"""Names of the stacks that warehouses.ts makes."""

WAREHOUSES = ("ServerlessViaRedshift", "ServerlessViaAthena", "ProvisionedViaRedshift", "ProvisionedViaAthena", "ViaAthena", "Aurora")
