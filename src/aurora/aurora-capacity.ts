import { Duration } from 'aws-cdk-lib';
import { requireDuration } from '../private/validation';

/**
 * How much an Aurora database computes, in Aurora capacity units (ACU) of about 2 GiB of memory each.
 *
 * @example
 * const capacity: AuroraCapacity = { minAcu: 0.5, maxAcu: 8 };
 */
export interface AuroraCapacity {
  /**
   * The least, in steps of 0.5. With 0, the database pauses while nobody is connected, and costs nothing but storage then; the first who connects
   * waits about 15 seconds.
   *
   * @default 0
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
   */
  readonly minAcu?: number;

  /**
   * The most, in steps of 0.5 from 1 to 256: the ceiling of what it costs.
   *
   * @default 4
   * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
   */
  readonly maxAcu?: number;

  /**
   * How long nobody is connected before it pauses: 5 minutes to a day. Only with a `minAcu` of 0.
   *
   * @default Duration.minutes(5)
   */
  readonly pauseAfter?: Duration;
}

/** Decided settings, as CloudFormation takes them. */
export interface ScalingConfiguration {
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly secondsUntilAutoPause?: number;
}

const MOST_ACU = 256;

/** Returns capacity with every setting decided. Refuses what Aurora does not take. */
export function scalingOf({ minAcu = 0, maxAcu = 4, pauseAfter }: AuroraCapacity = {}): ScalingConfiguration {
  requireAcu('minAcu', minAcu, 0);
  requireAcu('maxAcu', maxAcu, Math.max(1, minAcu));
  if (minAcu > 0 && pauseAfter) throw new Error(`pauseAfter is for a database with a minAcu of 0, got ${minAcu}: leave one of the two out`);
  requireDuration('pauseAfter', pauseAfter, Duration.minutes(5), Duration.days(1));
  const secondsUntilAutoPause = minAcu === 0 ? (pauseAfter ?? Duration.minutes(5)).toSeconds() : undefined;
  return { minCapacity: minAcu, maxCapacity: maxAcu, secondsUntilAutoPause };
}

function requireAcu(what: string, acu: number, least: number): void {
  if (acu >= least && acu <= MOST_ACU && Number.isInteger(acu * 2)) return;
  throw new Error(`${what} must be from ${least} to ${MOST_ACU} in steps of 0.5, got ${acu}`);
}
