import { Lazy } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { GlueSecurity } from './glue-security';
import { GlueRole } from './private/glue-role';
import { tableArns } from './private/table-arns';
import { removalPolicy } from '../private/ephemeral';
import { describe } from '../private/metadata';
import { requireProps } from '../private/validation';
import { TableFormat } from '../table/format';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { below, catalogTableName, PREFIXES } from '../zone/layout';

/**
 * Properties of `ZoneCrawler`.
 *
 * @example
 * declare const sandbox: DataLakeZone;
 * declare const security: GlueSecurity;
 * const props: ZoneCrawlerProps = { zone: sandbox, databaseName: 'company_sandbox', security };
 * new ZoneCrawler(this, 'Crawler', props);
 */
export interface ZoneCrawlerProps {
  /** The zone whose files are read. */
  readonly zone: IDataLakeZone;

  /** Name of the zone's database. */
  readonly databaseName: string;

  /** Encryption of the crawler's logs. */
  readonly security: GlueSecurity;

  /**
   * How long the crawler's logs are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Whether the log group goes with the stack.
   *
   * @default false
   */
  readonly ephemeral?: boolean;
}

/** Tables are at this level of a bucket's keys: bucket, `tables`, table. */
const TABLE_LEVEL = 3;

/**
 * The crawler of a zone: it reads `tables/<table>/` of each table, never the bucket's root, so that quarantined and staged files are no tables.
 *
 * It has no schedule: the workflow starts it, or somebody who has uploaded files.
 *
 * @example
 * declare const catalog: ZonedGlueCatalog;
 * new CfnOutput(this, 'SandboxCrawler', { value: catalog.crawler('sandbox').crawlerName });
 */
export class ZoneCrawler extends Construct {
  /** The Glue crawler. */
  public readonly crawler: glue.CfnCrawler;

  /** Name of the Glue crawler. */
  public readonly crawlerName: string;

  /** The role that the crawler runs under. */
  public readonly role: iam.Role;

  /** Log group of the crawler. */
  public readonly logGroup: logs.LogGroup;

  private readonly zone: IDataLakeZone;
  private readonly databaseName: string;
  private readonly tables = new Map<string, TableFormat>();
  private readonly catalogTables: string[] = [];

  constructor(scope: Construct, id: string, props: ZoneCrawlerProps) {
    super(scope, id);
    requireProps(this, props, 'zone', 'databaseName', 'security');
    this.zone = props.zone;
    this.databaseName = props.databaseName;
    const { zoneName } = props.zone;

    const glueRole = new GlueRole(this, `Crawler of zone ${zoneName}`, [PREFIXES.tables]);
    this.role = glueRole.role;
    props.zone.grantRead(glueRole.grantee, { prefix: PREFIXES.tables });
    glueRole.allow([
      'glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:CreateTable', 'glue:UpdateTable',
      'glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition', 'glue:CreatePartition', 'glue:BatchCreatePartition',
      'glue:UpdatePartition', 'glue:BatchUpdatePartition',
    ], tableArns(this, props.databaseName, ['*']));
    // Glue's name for it: https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html
    this.logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws-glue/crawlers-role/${this.role.roleName}-${props.security.securityConfigurationName}`,
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      encryptionKey: props.security.encryptionKey,
      removalPolicy: removalPolicy(props.ephemeral ?? false),
    });
    glueRole.allowLogs(props.security.encryptionKey, `/aws-glue/crawlers-role/*-${props.security.securityConfigurationName}`);

    this.crawler = new glue.CfnCrawler(this, 'Crawler', {
      description: `Tables of zone ${zoneName}`,
      role: this.role.roleArn,
      databaseName: props.databaseName,
      tablePrefix: Lazy.string({ produce: () => this.catalogTables.length ? undefined : catalogTableName(zoneName, '') }),
      targets: Lazy.any({ produce: () => this.targets() }) as unknown as glue.CfnCrawler.TargetsProperty,
      crawlerSecurityConfiguration: props.security.securityConfigurationName,
      schemaChangePolicy: {
        updateBehavior: 'UPDATE_IN_DATABASE',
        // The tables' objects are versioned data: a vanished prefix marks its table, and never deletes it.
        deleteBehavior: Lazy.string({ produce: () => this.catalogTables.length ? 'LOG' : 'DEPRECATE_IN_DATABASE' }),
      },
      configuration: Lazy.string({ produce: () => JSON.stringify(this.configuration()) }),
    });
    this.crawler.node.addDependency(this.logGroup);
    this.crawlerName = this.crawler.ref;
    describe(this.crawler, { kind: 'crawler', zone: zoneName });
  }

  /**
   * Crawls the files of one table instead of whatever is under `tables/`.
   *
   * @param name name of the table, without the zone's prefix
   * @param format what its files are; CSV files of the first zone are read like Parquet files, by prefix
   */
  public addTable(name: string, format: TableFormat = TableFormat.PARQUET): void {
    if (this.catalogTables.length) {
      throw new Error(`crawler of zone "${this.zone.zoneName}" follows tables of the catalog: AWS Glue mixes no prefixes with them, use another zone for "${name}"`);
    }
    this.tables.set(name, format);
  }

  /**
   * Follows a table that a job keeps in the catalog, wherever the job moves its location.
   *
   * @param name full name of the table in the catalog
   */
  public addCatalogTable(name: string): void {
    if (this.tables.size) {
      throw new Error(`crawler of zone "${this.zone.zoneName}" reads prefixes: AWS Glue mixes no catalog tables with them, use another zone for "${name}"`);
    }
    this.catalogTables.push(name);
  }

  private targets(): glue.CfnCrawler.TargetsProperty {
    // AWS wants LOG for deleted objects of catalog targets, and lets no other kind of target stand beside them.
    if (this.catalogTables.length) return { catalogTargets: [{ databaseName: this.databaseName, tables: this.catalogTables }] };
    const location = (prefix: string) => this.zone.bucket.s3UrlForObject(prefix);
    if (!this.tables.size) return TableFormat.PARQUET._crawlerTargets([location(PREFIXES.tables)]);
    const formats = [...new Set(this.tables.values())];
    const namesOf = (format: TableFormat) => [...this.tables.keys()].filter((name) => this.tables.get(name) === format);
    return Object.assign({}, ...formats.map((format) => format._crawlerTargets(namesOf(format).map((name) => location(below('tables', name))))));
  }

  private configuration(): object {
    const grouping = { TableGroupingPolicy: 'CombineCompatibleSchemas' };
    return { Version: 1.0, Grouping: this.catalogTables.length ? grouping : { ...grouping, TableLevelConfiguration: TABLE_LEVEL } };
  }
}
