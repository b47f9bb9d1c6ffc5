const PREFIX = 'cdk-datalake-accelerator';

/** The ids of the warnings that the constructs give. An id never changes: users acknowledge a warning by it. */
export const WARNINGS = {
  archiveClass: (storageClass: string) => `${PREFIX}:archive-class-${storageClass}`,
  currentRunExpires: `${PREFIX}:current-run-expires`,
  ephemeral: `${PREFIX}:ephemeral`,
  handlerWithoutRole: `${PREFIX}:handler-without-role`,
  keyPolicyNotChanged: `${PREFIX}:key-policy-not-changed`,
  logKeyPolicyNotChanged: `${PREFIX}:log-key-policy-not-changed`,
  longJobTimeout: `${PREFIX}:longJobTimeout`,
  onlyFromNetwork: `${PREFIX}:only-from-network`,
  queuePolicyNotChanged: `${PREFIX}:queue-policy-not-changed`,
} as const;

/** The type of the metadata entry that tells `lake` which layers to build: its data are `runtime` and `architecture`. */
export const MISSING_LAYERS = `${PREFIX}:missing-layers`;

/** The storage classes whose objects Athena and Glue skip. */
export const ARCHIVE_CLASSES = ['GLACIER', 'DEEP_ARCHIVE'];
