/** The four job functions. */
export const PERSONAS = ['steward', 'engineer', 'scientist', 'analyst'] as const;

export type Persona = typeof PERSONAS[number];
