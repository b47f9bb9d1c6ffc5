import { requireNodes } from './node-type';
import { requireRange } from '../private/validation';

/** The time that a usage limit counts in. */
export enum UsagePeriod {
  /** A day, in UTC. */
  DAILY = 'daily',
  /** A week, from Sunday. */
  WEEKLY = 'weekly',
  /** A month. */
  MONTHLY = 'monthly',
}

/** What happens at a usage limit. */
export enum UsageBreachAction {
  /** Queries of users are refused until the period is over: the only action that limits the cost. */
  DEACTIVATE = 'deactivate',
  /** A metric is sent to CloudWatch, for an alarm. */
  EMIT_METRIC = 'emit-metric',
  /** An entry in a system table. */
  LOG = 'log',
}

/**
 * The most that a serverless warehouse computes in a period.
 *
 * @example
 * const usageLimit: UsageLimit = { rpuHours: 20, period: UsagePeriod.WEEKLY };
 */
export interface UsageLimit {
  /** RPU-hours. In us-east-1 one costs $0.375. */
  readonly rpuHours: number;

  /**
   * The period.
   *
   * @default UsagePeriod.MONTHLY
   */
  readonly period?: UsagePeriod;

  /**
   * What happens then.
   *
   * @default UsageBreachAction.DEACTIVATE
   */
  readonly breachAction?: UsageBreachAction;
}

/**
 * Settings of a serverless warehouse.
 *
 * @example
 * const options: ServerlessWarehouseOptions = { baseRpu: 16, maxRpu: 128, usageLimit: { rpuHours: 400 } };
 */
export interface ServerlessWarehouseOptions {
  /**
   * Redshift processing units that a query has from its start: 4, a multiple of 8 up to 512, or a multiple of 32 up to 1024.
   *
   * @default 8
   * @see https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html
   */
  readonly baseRpu?: number;

  /**
   * The most processing units that it grows to.
   *
   * @default - 64, or `baseRpu` if that is more
   */
  readonly maxRpu?: number;

  /**
   * What it may compute in a period.
   *
   * @default - 100 RPU-hours a month, then queries are refused: $37.50 in us-east-1
   * @see https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-workgroup-max-rpu.html
   */
  readonly usageLimit?: UsageLimit;
}

/**
 * Settings of a provisioned warehouse.
 *
 * @example
 * const options: ProvisionedWarehouseOptions = { nodeType: 'ra3.xlplus', nodes: 2 };
 */
export interface ProvisionedWarehouseOptions {
  /**
   * The type of the nodes, one that AWS sells today: `ra3.large`, `ra3.xlplus`, `ra3.4xlarge`, `ra3.16xlarge`, `rg.large`, `rg.xlarge`,
   * `rg.4xlarge` or `rg.12xlarge`.
   *
   * @default 'ra3.large'
   * @see https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html
   */
  readonly nodeType?: string;

  /**
   * How many nodes. A new cluster has at most 16 of `ra3.xlplus` and `rg.xlarge`, 32 of `ra3.4xlarge` and `rg.4xlarge`; one that is there grows to
   * twice as many.
   *
   * @default 4
   */
  readonly nodes?: number;
}

/** A serverless warehouse with every setting decided. */
export interface ServerlessWarehouseConfig {
  /** Processing units that a query has from its start. */
  readonly baseRpu: number;

  /** The most processing units. */
  readonly maxRpu: number;

  /** What it may compute in a period. */
  readonly usageLimit: UsageLimit;
}

/** What a warehouse is made of: one of the two. */
export interface WarehouseConfig {
  /**
   * Settings of a serverless one.
   *
   * @default - it is a provisioned one
   */
  readonly serverless?: ServerlessWarehouseConfig;

  /**
   * Settings of a provisioned one.
   *
   * @default - it is a serverless one
   */
  readonly provisioned?: ProvisionedWarehouseConfig;
}

/** A provisioned warehouse with every setting decided. */
export interface ProvisionedWarehouseConfig {
  /** Type of the nodes. */
  readonly nodeType: string;

  /** Number of the nodes. */
  readonly nodes: number;
}

/**
 * What computes in a warehouse: Redshift Serverless, which costs nothing but storage while nobody asks, or a cluster that is always there.
 *
 * @example
 * const serverless = Warehouse.serverless({ baseRpu: 8, maxRpu: 32, usageLimit: { rpuHours: 50 } });
 * const cluster = Warehouse.provisioned({ nodeType: 'ra3.xlplus', nodes: 2 });
 */
export class Warehouse {
  /**
   * Redshift Serverless.
   *
   * @param options capacity, and the ceiling of the cost
   */
  public static serverless(options: ServerlessWarehouseOptions = {}): Warehouse {
    const baseRpu = options.baseRpu ?? 8;
    requireCapacity('baseRpu', baseRpu);
    const maxRpu = options.maxRpu ?? Math.max(64, baseRpu);
    requireRange('maxRpu', maxRpu, baseRpu, 5632, ' RPU, no less than baseRpu');
    const { rpuHours, period = UsagePeriod.MONTHLY, breachAction = UsageBreachAction.DEACTIVATE } = options.usageLimit ?? { rpuHours: 100 };
    requireRange('rpuHours of usageLimit', rpuHours, 1, 1_000_000);
    return new Warehouse({ serverless: { baseRpu, maxRpu, usageLimit: { rpuHours, period, breachAction } } });
  }

  /**
   * A cluster of nodes, paid by the hour whether it is asked or not.
   *
   * @param options type and number of the nodes
   */
  public static provisioned(options: ProvisionedWarehouseOptions = {}): Warehouse {
    const { nodeType = 'ra3.large', nodes = 4 } = options;
    requireNodes(nodeType, nodes);
    return new Warehouse({ provisioned: { nodeType, nodes } });
  }

  private constructor(private readonly config: WarehouseConfig) {}

  /** Returns the settings. */
  public bind(): WarehouseConfig {
    return this.config;
  }
}

/** https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html */
function requireCapacity(what: string, rpu: number): void {
  const known = rpu === 4 || (rpu >= 8 && rpu <= 512 && rpu % 8 === 0) || (rpu > 512 && rpu <= 1024 && rpu % 32 === 0);
  if (!known) throw new Error(`${what} must be 4, a multiple of 8 from 8 to 512, or a multiple of 32 up to 1024, got ${rpu}`);
}
