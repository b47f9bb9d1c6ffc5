import { Token } from 'aws-cdk-lib';

/**
 * When the small files of a table in the second zone are put together. Each file costs its readers a request or more, however small it is.
 *
 * The table's job does it at the end of a run, for each folder by itself: the table's root, or a partition. Readers see the files before or
 * the files after, which have the same rows. The files of each source stay beside the compacted ones: the table takes its space twice.
 *
 * @example
 * const orders: TableDefinition = { name: 'orders', compaction: Compaction.aboveSmallFiles(200) };
 */
export class Compaction {
  /** Every dropped file stays a file of its own. What was compacted before stays so, and follows its sources. */
  public static readonly NEVER = new Compaction(0);

  /**
   * As soon as a folder has more files of less than 16 MiB than this that are not compacted.
   *
   * @param count at least 1
   */
  public static aboveSmallFiles(count: number): Compaction {
    if (!Token.isUnresolved(count) && !(Number.isInteger(count) && count >= 1)) {
      throw new Error(`compaction above ${count} small files is not possible: give a whole number of at least 1, or use Compaction.NEVER`);
    }
    return new Compaction(count);
  }

  private constructor(private readonly above: number) {}

  /**
   * The value of the job's argument `--compact_above`.
   *
   * @internal
   */
  public get _argument(): string {
    return this.above.toString();
  }
}
