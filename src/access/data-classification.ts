/**
 * How sensitive data is, and how much a person may see, from the lowest to the highest.
 */
export enum DataClassification {
  /** For everyone who works with the lake. */
  PROPRIETARY = 'proprietary',
  /** For those who need it for their work. */
  RESTRICTED = 'restricted',
  /** For a few who are named. */
  SECRET = 'secret',
}
