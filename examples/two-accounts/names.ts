/** What both accounts know: names and numbers, because neither can refer to what is in the other. Replace them with yours. */
export const PRODUCTION = { account: '111122223333', region: 'eu-west-1' };
export const SECURITY = { account: '444455556666', region: 'eu-west-1' };
export const TRAIL_NAME = 'company-lake-audit';

/** Names of buckets are taken world-wide: choose one of your company's. */
export const LOG_BUCKET = 'company-lake-audit-logs';
