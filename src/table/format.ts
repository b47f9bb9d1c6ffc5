import * as glue from 'aws-cdk-lib/aws-glue';

/** How a format is written in the Glue catalog. */
export interface TableFormatConfig {
  /** Glue's classification of the files, such as `parquet`. */
  readonly classification: string;

  /** Hive's class that reads the files. */
  readonly inputFormat: string;

  /** Hive's class that writes the files. */
  readonly outputFormat: string;

  /** Hive's class that turns rows into columns (the SerDe). */
  readonly serializationLibrary: string;
}

/**
 * What a table's files are. A format decides the table's SerDe in the catalog and the arguments of the job that writes it.
 *
 * @example
 * const orders: TableDefinition = { name: 'orders', format: TableFormat.PARQUET };
 */
export class TableFormat {
  /** Apache Parquet: columns by name, compressed. */
  public static readonly PARQUET = new TableFormat({
    classification: 'parquet',
    inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
  });

  private constructor(private readonly config: TableFormatConfig) {}

  /** Returns how the format is written in the Glue catalog. */
  public bind(): TableFormatConfig {
    return this.config;
  }

  /**
   * Returns the input of a catalog table whose columns a job publishes.
   *
   * @internal
   */
  public _tableInput(name: string, location: string): glue.CfnTable.TableInputProperty {
    const { classification, inputFormat, outputFormat, serializationLibrary } = this.config;
    return {
      name,
      tableType: 'EXTERNAL_TABLE',
      parameters: { classification, EXTERNAL: 'TRUE' },
      storageDescriptor: { columns: [], location, inputFormat, outputFormat, serdeInfo: { serializationLibrary } },
    };
  }

  /**
   * Returns the arguments that the job of a table needs to write the format, without `--`. Parquet needs none.
   *
   * @internal
   */
  public _jobArguments(): { [name: string]: string } {
    return {};
  }
}
