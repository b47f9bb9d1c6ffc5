import { JobSettings } from './job-settings';
import { requireRange } from '../private/validation';
import { DROP_TO_RAW, RAW_TO_CURATED } from '../table/job-arguments';

/** Arguments that AWS Glue keeps for itself: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html */
const GLUE_ARGUMENTS = [
  '--JOB_NAME', '--JOB_ID', '--JOB_RUN_ID', '--WORKFLOW_NAME', '--WORKFLOW_RUN_ID', '--SECURITY_CONFIGURATION', '--debug', '--mode', '--endpoint',
];

/** Arguments that the library's scripts get from the props of a table or a curation. */
const SCRIPT_ARGUMENTS = [DROP_TO_RAW, RAW_TO_CURATED].flatMap(({ required, optional }) => [...required, ...optional]).map((name) => `--${name}`);

/** Returns the settings of one job: its own, then the defaults; arguments are merged. */
export function mergeSettings(defaults: JobSettings = {}, own: JobSettings = {}): JobSettings {
  return {
    workerType: own.workerType ?? defaults.workerType,
    numberOfWorkers: own.numberOfWorkers ?? defaults.numberOfWorkers,
    autoScaling: own.autoScaling ?? defaults.autoScaling,
    executionClass: own.executionClass ?? defaults.executionClass,
    glueVersion: own.glueVersion ?? defaults.glueVersion,
    timeout: own.timeout ?? defaults.timeout,
    maxRetries: own.maxRetries ?? defaults.maxRetries,
    bookmarks: own.bookmarks ?? defaults.bookmarks,
    defaultArguments: { ...defaults.defaultArguments, ...own.defaultArguments },
  };
}

/** Throws if a job's settings are not valid; the message names the value and the fix. */
export function validateSettings({ numberOfWorkers, maxRetries, timeout }: JobSettings): void {
  requireRange('numberOfWorkers of a job (a driver and at least one executor)', numberOfWorkers, 2, 299);
  requireRange('maxRetries of a job', maxRetries, 0, 10);
  if (!timeout || timeout.isUnresolved()) return;
  const minutes = timeout.toMinutes({ integral: false });
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 7 * 24 * 60) {
    throw new Error(`timeout of ${timeout.toHumanString()} is not valid: Glue counts whole minutes, from 1 minute to 7 days`);
  }
}

/**
 * Throws if a user's arguments are not written as Glue wants them, or would replace one that the job sets.
 *
 * @param own the user's arguments
 * @param set the arguments that the job sets
 */
export function validateArguments(own: { [key: string]: string } = {}, set: { [key: string]: string }): void {
  const managed = new Set([...Object.keys(set), ...SCRIPT_ARGUMENTS, ...GLUE_ARGUMENTS]);
  for (const key of Object.keys(own)) {
    if (!/^--[A-Za-z]/.test(key)) throw new Error(`argument "${key}" does not begin with "--": write "--${key.replace(/^-+/, '')}"`);
    if (managed.has(key)) {
      throw new Error(`argument "${key}" is managed by the construct: remove it from defaultArguments, and use the prop that sets it`);
    }
  }
}
