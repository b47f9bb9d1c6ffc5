import * as glue from 'aws-cdk-lib/aws-glue';
import { generatedLength } from './stack-names';

/** "Event pattern size": https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html; what is not names is well under 200. */
export const NAMES_IN_PATTERN = 2048 - 200;

/** https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html */
const LONGEST_JOB_NAME = 255;

interface Named {
  readonly job: glue.CfnJob;
}

/** Returns a name as long as that of a job may be once CloudFormation has made it. */
export function longestName({ job }: Named): string {
  return 'x'.repeat(generatedLength(job, LONGEST_JOB_NAME));
}

/** Returns how many characters the name of a job takes in the pattern of a rule: with quotes and a comma. */
export function lengthInPattern(job: Named): number {
  return longestName(job).length + 3;
}
