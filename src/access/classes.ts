import { DataClassification } from './data-classification';

/** The tag of a principal that says how much it may see. */
export const CLEARANCE = 'clearance';

/** The tag of an object that says how sensitive it is. */
export const CLASSIFICATION = 'data-classification';

/** The classes, from the lowest to the highest; clearances are the same. */
export const CLASSES = [DataClassification.PROPRIETARY, DataClassification.RESTRICTED, DataClassification.SECRET];

/** The classes that something can be refused for: those above the lowest, which everyone sees. */
export const GUARDED = CLASSES.slice(1);

/** Conditions of a statement: operator, key, values. */
export interface Conditions {
  [operator: string]: { readonly [key: string]: string | string[] };
}

/** Refuses a class that does not exist: JavaScript has no enums that would. */
export function requireClass(what: string, classification: DataClassification | undefined): void {
  if (classification === undefined || CLASSES.includes(classification)) return;
  throw new Error(`classification "${classification}" of ${what} does not exist: use ${CLASSES.join(', ')}`);
}

/** Returns a class and all above it. */
export function atLeast(classification: DataClassification): DataClassification[] {
  return CLASSES.slice(CLASSES.indexOf(classification));
}

/** Returns the higher of two classes. */
export function higher(one: DataClassification, other: DataClassification): DataClassification {
  return CLASSES.indexOf(one) > CLASSES.indexOf(other) ? one : other;
}

/** Returns the name of a statement on a class, such as `ReadSecret`: `docs/access-matrix.md` has them. */
export function sidOf(verb: string, classification: DataClassification, part = ''): string {
  return `${verb}${classification[0].toUpperCase()}${classification.slice(1)}${part}`;
}

/**
 * Returns the condition that the caller is not cleared for a class. The clearances are literal, because a variable would compare names, and
 * a caller without the tag is not cleared.
 */
export function notClearedFor(classification: DataClassification): { [key: string]: string[] } {
  return { [`aws:PrincipalTag/${CLEARANCE}`]: atLeast(classification) };
}
