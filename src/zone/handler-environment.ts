/** The environment variables that every handler of a data stream gets. */
export const STREAM_VARIABLES = ['ZONE', 'STREAM', 'PREFIX', 'QUARANTINE_PREFIX'] as const;

/** The environment variables that a handler gets where its zone has a next zone. */
export const NEXT_ZONE_VARIABLES = ['NEXT_ZONE', 'NEXT_BUCKET'] as const;

/** The environment variable that a handler gets where classes are declared in its lake: the class of what it writes to the next zone. */
export const CLASSIFIED_VARIABLES = ['DATA_CLASSIFICATION'] as const;

/** The environment of a handler. */
export type HandlerEnvironment = Record<typeof STREAM_VARIABLES[number], string>
& Partial<Record<typeof NEXT_ZONE_VARIABLES[number] | typeof CLASSIFIED_VARIABLES[number], string>>;
