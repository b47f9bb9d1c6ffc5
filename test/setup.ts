import * as path from 'path';

// Templates do not depend on whether this machine has built the layers; and without them, no test copies 80 MB into its assembly.
process.env.LAKE_CACHE = path.join(__dirname, 'no-built-layers');
