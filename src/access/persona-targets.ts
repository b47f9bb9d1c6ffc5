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

/** A job with the role that it runs under, and the highest class of what that role may see. */
export interface TargetJob {
  readonly jobArn: string;
  readonly roleArn: string;
  readonly classification: DataClassification;
}

/** All that the personas' policies are about. */
export interface PersonaTargets {
  readonly zones: TargetZone[];
  /** Where a scientist writes and an analyst queries. */
  readonly curatedZone: string;
  /** Where an analyst uploads. */
  readonly sandboxZone: string;
  readonly catalogArn: string;
  readonly deadLetterQueueArn: string;
  /** The lake's jobs, which engineers and stewards start. */
  readonly jobs: TargetJob[];
  /** The job of each clearance that scientists make; its ARN is a pattern. */
  readonly scientistJobs: TargetJob[];
  /** ARN of what is below the results of the queries of a persona and clearance. */
  readonly resultsArn: (persona: Persona, clearance: DataClassification) => string;
  /** ARN of the work group of a persona and clearance. */
  readonly workgroupArn: (persona: Persona, clearance: DataClassification) => string;
}
