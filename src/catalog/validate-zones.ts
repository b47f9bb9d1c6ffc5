import { IDataLakeZone } from '../zone/data-lake-zone';
import { below } from '../zone/layout';

const DATABASE_NAME = /^[a-z0-9_]{1,255}$/;

/** Throws for a chain that is too short, for zones named twice, and for database names that Glue refuses or that two zones would share. */
export function validateZones(
  chain: IDataLakeZone[], zones: IDataLakeZone[], databaseNames: { [zone: string]: string }, databaseNameFor: (zone: string) => string,
): void {
  if (chain.length < 2) throw new Error(`the catalog has ${chain.length} zones in its chain: give at least two, tables go from the first to the second`);
  const names = zones.map(({ zoneName }) => zoneName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`zone "${twice}" is given twice: name it once, in zones or in otherZones`);
  for (const [zone, name] of Object.entries(databaseNames)) {
    if (!names.includes(zone)) throw new Error(`databaseNames names zone "${zone}", which the catalog does not have: use ${names.join(', ')}`);
    if (!DATABASE_NAME.test(name)) {
      throw new Error(`database name "${name}" of zone "${zone}" is not valid: use lower case letters, digits and underscores`);
    }
  }
  const databases = new Map<string, string>();
  for (const zone of names) {
    const database = databaseNameFor(zone);
    const other = databases.get(database);
    if (other) throw new Error(`zones "${other}" and "${zone}" would share the database "${database}": rename one of them, or its database in databaseNames`);
    databases.set(database, zone);
  }
}

/** Returns an error for each table that has the name of a stream of its zone: both would keep refused data under one prefix. */
export function sharedQuarantines(zone: IDataLakeZone, tables: string[]): string[] {
  return zone.dataStreams.map(({ streamName }) => streamName).filter((name) => tables.includes(name))
    .map((name) => `zone "${zone.zoneName}" has a table and a data stream "${name}", whose refused data would mix in ${below('quarantine', name)}: rename one of them`);
}
