import * as fs from 'fs';
import { packagePath } from '../private/paths';

/** The table of the example that the library knows the columns of. */
export const SELLER_PERFORMANCE = 'seller_performance';

/** How it is sorted. */
export const USUAL_SORT_KEY = ['seller_id', 'sr_id'];

const QUERIES = ['average-review-per-seller', 'average-review-per-sdr', 'deals-and-value-per-seller'];

/** Returns its queries as views: those of glue-assets/sql/redshift/, without their comments. */
export function sellerPerformanceViews(): { [name: string]: string } {
  return Object.fromEntries(QUERIES.map((query) => {
    const text = fs.readFileSync(packagePath('glue-assets', 'sql', 'redshift', `${query}.sql`), 'utf8');
    return [query.replace(/-/g, '_'), text.replace(/^--.*\n/gm, '').replace(/\s+/g, ' ').trim()];
  }));
}
