import * as kms from 'aws-cdk-lib/aws-kms';
import { ClassifiedBucket } from './bucket-denies';
import { DataClassification } from './data-classification';
import { Persona } from './personas';

/** What a zone's data is to a persona. */
export interface TargetZone extends ClassifiedBucket {
  readonly zoneName: string;
  readonly encryptionKey: kms.IKey;
  /** ARN of the zone's database, and of all tables in it. */
  readonly databaseArn: string;
  readonly tablesArn: string;
}

/** A role, and the highest class of what it may see. */
export interface TargetRole {
  readonly roleArn: string;
  readonly classification: DataClassification;
}

/** A job with the role that it runs under, and the highest class of what that role may see. */
export interface TargetJob extends TargetRole {
  readonly jobArn: string;
}

/** All that the personas' policies are about. */
export interface PersonaTargets {
  readonly zones: TargetZone[];
  /** Where a scientist writes and an analyst queries. */
  readonly curatedZone: string;
  /** Where an analyst uploads. */
  readonly sandboxZone: string;
  readonly catalogArn: string;
  /** All databases of the lake and their tables, where one pattern says so. */
  readonly allTablesArns?: string[];
  /** The workflow, its crawlers. */
  readonly workflowArns: string[];
  readonly deadLetterQueueArn: string;
  /** The lake's jobs, which engineers and stewards start. */
  readonly jobs: TargetJob[];
  /** What the names of the roles of the lake's jobs begin with: where a policy has no room for all of them. */
  readonly jobRolePattern: string;
  /** The job of each clearance that scientists make; its ARN is a pattern. */
  readonly scientistJobs: TargetJob[];
  /** What is in the buckets that hold the scripts and modules of jobs. */
  readonly assetArns: string[];
  /** The role of each clearance under which a scientist's notebooks run. */
  readonly notebookRoles: TargetRole[];
  /** What consoles and drivers list: the catalog of Athena, all databases, the one that every query asks for. */
  readonly browsing: { readonly dataCatalogArn: string; readonly databasesArn: string; readonly defaultDatabaseArn: string };
  readonly resultsBucketArn: string;
  /** The key of the results. */
  readonly resultsKeyArn: string;
  /** ARN of what is below the results of the queries of a persona and clearance. */
  readonly resultsArn: (persona: Persona, clearance: DataClassification) => string;
  /** ARN of the work group of a persona and clearance. */
  readonly workgroupArn: (persona: Persona, clearance: DataClassification) => string;
}
