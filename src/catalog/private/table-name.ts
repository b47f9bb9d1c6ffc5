/** Name of a zone's table in the catalog: `<zone>_<table>`. */
export function tableName(zoneName: string, table: string): string {
  return `${zoneName.replace(/-/g, '_')}_${table}`;
}
