import { requireRange } from '../../private/validation';
import { JobSettings } from '../job-settings';

/** Arguments that the constructs write themselves, or that Glue keeps for itself. */
const MANAGED_ARGUMENTS = new Set([
  '--table', '--source_database', '--source_table', '--source_path', '--source_paths', '--target_path', '--target_database', '--target_table',
  '--quarantine_path', '--schema', '--csv_options', '--partition_columns',
  '--job-bookmark-option', '--extra-py-files', '--enable-metrics', '--enable-observability-metrics', '--TempDir',
  '--enable-continuous-cloudwatch-log', '--continuous-log-logGroup', '--custom-logGroup-prefix',
  '--job-language', '--JOB_NAME', '--JOB_ID', '--JOB_RUN_ID', '--WORKFLOW_NAME', '--WORKFLOW_RUN_ID', '--SECURITY_CONFIGURATION', '--debug', '--mode', '--endpoint',
]);

/** The settings of one job: its own over the defaults, arguments merged. */
export function mergeSettings(defaults: JobSettings = {}, own: JobSettings = {}): JobSettings {
  return {
    workerType: own.workerType ?? defaults.workerType,
    workers: own.workers ?? defaults.workers,
    timeout: own.timeout ?? defaults.timeout,
    maxRetries: own.maxRetries ?? defaults.maxRetries,
    defaultArguments: { ...defaults.defaultArguments, ...own.defaultArguments },
  };
}

/** Throws what is wrong with a job's settings, naming the value and the fix. */
export function validateSettings(settings: JobSettings, managed: string[] = []): void {
  const { workers, maxRetries, timeout } = settings;
  requireRange('workers of a job (a driver and at least one executor)', workers, 2, 299);
  requireRange('maxRetries of a job', maxRetries, 0, 10);
  if (timeout && !timeout.isUnresolved()) {
    const minutes = timeout.toMinutes({ integral: false });
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > 7 * 24 * 60) {
      throw new Error(`timeout of ${timeout.toHumanString()} is not valid: Glue counts whole minutes, from 1 minute to 7 days`);
    }
  }
  for (const key of Object.keys(settings.defaultArguments ?? {})) {
    if (!/^--[A-Za-z]/.test(key)) throw new Error(`argument "${key}" does not begin with "--": write "--${key.replace(/^-+/, '')}"`);
    if (MANAGED_ARGUMENTS.has(key) || managed.includes(key)) {
      throw new Error(`argument "${key}" is managed by the construct: remove it from defaultArguments, and use the prop that sets it`);
    }
  }
}
