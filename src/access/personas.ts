/**
 * The four job functions.
 */
export enum Persona {
  /** Administers the lake: its data, catalog, workflow, queues and classification tags. */
  STEWARD = 'steward',
  /** Builds it: reads and writes all zones, runs and edits jobs. */
  ENGINEER = 'engineer',
  /** Reads every zone, writes to the curated one, makes own jobs. */
  SCIENTIST = 'scientist',
  /** Queries curated tables, uploads to the sandbox. */
  ANALYST = 'analyst',
}

export const PERSONAS = [Persona.STEWARD, Persona.ENGINEER, Persona.SCIENTIST, Persona.ANALYST];
