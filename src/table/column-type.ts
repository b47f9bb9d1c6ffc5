/** The names of types without parameters, and what each is called in the Glue catalog. */
export const TYPE_NAMES: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  bool: 'boolean',
  tinyint: 'tinyint',
  byte: 'tinyint',
  smallint: 'smallint',
  short: 'smallint',
  int: 'int',
  integer: 'int',
  bigint: 'bigint',
  long: 'bigint',
  float: 'float',
  real: 'float',
  double: 'double',
  string: 'string',
  text: 'string',
  date: 'date',
  timestamp: 'timestamp',
};

/** Decimals: Hive's limits and defaults. */
export const DECIMAL = { names: ['decimal', 'numeric', 'dec'], maxPrecision: 38, defaultPrecision: 10, defaultScale: 0 } as const;

/** The longest text of the types with a length, as Hive has them. */
export const MAX_LENGTH = { varchar: 65_535, char: 255 } as const;

const DECIMAL_TYPE = new RegExp(`^(?:${DECIMAL.names.join('|')})(?:\\s*\\(\\s*(\\d+)\\s*(?:,\\s*(\\d+)\\s*)?\\))?$`);
const TEXT_TYPE = /^(varchar|char)\s*\(\s*(\d+)\s*\)$/;

/** Thrown for a type that cannot be a column of a CSV file. */
export class ColumnTypeError extends Error {}

/** Returns the type as the Glue catalog writes it; throws a ColumnTypeError that begins with "is not" and names the fix. */
export function canonicalType(declared: string): string {
  const type = declared.trim().toLowerCase();
  const name = Object.prototype.hasOwnProperty.call(TYPE_NAMES, type) ? TYPE_NAMES[type] : undefined;
  const canonical = name ?? decimalType(type) ?? textType(type);
  if (canonical !== undefined) return canonical;
  throw new ColumnTypeError('is not known: use boolean, tinyint, smallint, int, bigint, float, double, decimal(p,s), string, varchar(n), char(n), date or timestamp');
}

function decimalType(type: string): string | undefined {
  const match = DECIMAL_TYPE.exec(type);
  if (!match) return undefined;
  const precision = Number(match[1] ?? DECIMAL.defaultPrecision);
  const scale = Number(match[2] ?? DECIMAL.defaultScale);
  if (precision < 1 || precision > DECIMAL.maxPrecision || scale > precision) {
    throw new ColumnTypeError(`is not valid: use 1 to ${DECIMAL.maxPrecision} digits in all, and no more of them after the point`);
  }
  return `decimal(${precision},${scale})`;
}

/** Jobs keep char(n) as varchar(n): Spark would pad it with spaces. */
function textType(type: string): string | undefined {
  const match = TEXT_TYPE.exec(type);
  if (!match) return undefined;
  const longest = MAX_LENGTH[match[1] as keyof typeof MAX_LENGTH];
  const length = Number(match[2]);
  if (length < 1 || length > longest) throw new ColumnTypeError(`is not valid: use a length of 1 to ${longest}`);
  return `varchar(${length})`;
}
