import { Lazy } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { GlueSecurity } from './glue-security';
import { GlueRole } from './private/glue-role';
import { tableArns } from './private/table-arns';
import { ZoneClasses } from '../access/zone-classes';
import { removalPolicy } from '../private/ephemeral';
import { describe } from '../private/metadata';
import { requireProps, requireRange } from '../private/validation';
import { IDataLakeZone } from '../zone/data-lake-zone';
import { catalogTableName, PREFIXES } from '../zone/layout';

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
   * How many files of each folder a crawl reads, from 1 to 249. Fewer make it shorter, and cost less where S3 bills what is read.
   *
   * @default - all files
   */
  readonly sampleSize?: number;

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
 * The crawler of a zone: it reads the folders of `tables/` that nobody has declared, never the bucket's root, so that quarantined and staged
 * files are no tables. Tables with an owner, a declared schema or a job that writes them, it leaves alone.
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
  private readonly excluded = new Set<string>();
  private readonly sampleSize?: number;

  constructor(scope: Construct, id: string, props: ZoneCrawlerProps) {
    super(scope, id);
    requireProps(this, props, 'zone', 'databaseName', 'security');
    this.zone = props.zone;
    this.sampleSize = props.sampleSize;
    requireRange('sampleSize of a crawler', this.sampleSize, 1, 249);
    const { zoneName } = props.zone;

    const glueRole = new GlueRole(this, `Crawler of zone ${zoneName}`, [PREFIXES.tables]);
    this.role = glueRole.role;
    props.zone.grantRead(glueRole.grantee, { prefix: PREFIXES.tables });
    ZoneClasses.of(props.zone).readBy(this.role);
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
      tablePrefix: catalogTableName(zoneName, ''),
      targets: Lazy.any({ produce: () => this.targets() }) as unknown as glue.CfnCrawler.TargetsProperty,
      crawlerSecurityConfiguration: props.security.securityConfigurationName,
      schemaChangePolicy: {
        updateBehavior: 'UPDATE_IN_DATABASE',
        // A table that a crawl made before it was excluded has vanished for the crawler, which would mark it.
        deleteBehavior: Lazy.string({ produce: () => this.excluded.size ? 'LOG' : 'DEPRECATE_IN_DATABASE' }),
      },
      configuration: JSON.stringify({
        Version: 1.0,
        Grouping: { TableGroupingPolicy: 'CombineCompatibleSchemas', TableLevelConfiguration: TABLE_LEVEL },
      }),
    });
    this.crawler.node.addDependency(this.logGroup);
    this.crawlerName = this.crawler.ref;
    describe(this.crawler, { kind: 'crawler', zone: zoneName });
  }

  /**
   * Leaves a table alone: its files are not read, and what the catalog says of it stays, also if a crawl made it.
   *
   * @param name name of the table, without the zone's prefix
   */
  public excludeTable(name: string): void {
    this.excluded.add(name);
  }

  private targets(): glue.CfnCrawler.TargetsProperty {
    // Relative to the path: https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html
    const exclusions = [...this.excluded].map((name) => `${name}/**`);
    return {
      s3Targets: [{
        path: this.zone.bucket.s3UrlForObject(PREFIXES.tables),
        exclusions: exclusions.length ? exclusions : undefined,
        sampleSize: this.sampleSize,
      }],
    };
  }
}
