export * from './layers/python-layers';
export * from './zone/access-log-bucket';
export * from './zone/data-lake-zone';
export * from './zone/data-stream';
export * from './zone/dead-letter-queue';
export * from './zone/lifecycle';
