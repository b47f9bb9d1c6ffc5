import { Annotations, Aspects, CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { bucketDenies, ClassifiedBucket, untaggedDeny } from './bucket-denies';
import { CLASSES, CLEARANCE, higher } from './classes';
import { DataClassification } from './data-classification';
import { requireBucketPolicySize } from './policy-size';
import type { IDataLakeZone } from '../zone/data-lake-zone';
import type { DataStream } from '../zone/data-stream';

/** The CDK's function that empties buckets which go with their stack. One a stack. */
const EMPTIES_BUCKETS = 'Custom::S3AutoDeleteObjectsCustomResourceProvider';

const LOWEST = CLASSES[0];

/** What a zone says of its classes: the properties of these names. */
interface DeclaredClasses {
  readonly classification?: DataClassification;
  readonly nextZone?: IDataLakeZone;
  readonly refuseUntagged?: boolean;
  readonly classesGuardedElsewhere?: boolean;
}

/**
 * How sensitive what is in a zone is: as a whole, and below single prefixes. Where a class is above the lowest, the bucket's policy keeps out whoever is
 * not cleared for it.
 */
export class ZoneClasses {
  /** Makes zones those of one lake: what is tagged in one of them can be copied to any other, and is as sensitive there. */
  public static join(zones: IDataLakeZone[]): void {
    const all = new Set(zones.flatMap((zone) => [...ZoneClasses.of(zone).lake]));
    for (const one of all) one.lake = all;
  }

  /** Returns the classes of a zone. */
  public static of(zone: IDataLakeZone): ZoneClasses {
    const known = ZoneClasses.known.get(zone);
    if (known) return known;
    const made = new ZoneClasses(zone);
    ZoneClasses.known.set(zone, made);
    return made;
  }

  private static readonly known = new WeakMap<IConstruct, ZoneClasses>();

  private declared?: DataClassification;
  private readonly prefixes: { [prefix: string]: DataClassification } = {};
  private readonly readers: iam.IRole[] = [];
  private readonly spared: string[] = [];
  private lake = new Set<ZoneClasses>([this]);
  private readonly writers: string[] = [];
  private isClosed = false;
  private refusesUntagged = false;
  private isGuardedElsewhere = false;

  private constructor(private readonly zone: IDataLakeZone) {
    let isDone = false;
    Aspects.of(zone).add({
      visit: (node) => {
        if (node !== zone || isDone) return;
        isDone = true;
        this.protect();
      },
    });
  }

  /** The class of the zone as a whole. */
  public get ofZone(): DataClassification {
    return this.declared ?? LOWEST;
  }

  /** Whether the zone has a class of its own. */
  public get isDeclared(): boolean {
    return this.declared !== undefined;
  }

  /** The highest class of anything in the zone. */
  public get highest(): DataClassification {
    return Object.values(this.prefixes).reduce(higher, this.ofZone);
  }

  /** The zone's bucket with all classes in it. */
  public get bucket(): ClassifiedBucket {
    return { bucket: this.zone.bucket, classification: this.ofZone, prefixes: this.prefixes };
  }

  /** Gives the whole zone a class, in one lake with the zone that its data goes to. */
  public declare({ classification, nextZone, refuseUntagged = false, classesGuardedElsewhere = false }: DeclaredClasses): void {
    if (refuseUntagged && !classification) {
      throw new Error(`zone '${this.zone.zoneName}' refuses untagged objects and has no classification, without which its jobs do not tag what they write: `
        + 'give it one, or leave refuseUntagged out');
    }
    this.declared = classification;
    this.refusesUntagged = refuseUntagged;
    this.isGuardedElsewhere = classesGuardedElsewhere;
    if (nextZone) ZoneClasses.join([this.zone, nextZone]);
  }

  /** Gives what is below a prefix a class, or, with the pattern of `ofTable`, what is in all folders of a table. */
  public add(prefix: string, classification: DataClassification): void {
    this.prefixes[prefix] = higher(this.prefixes[prefix] ?? LOWEST, classification);
  }

  /** Returns the highest class that is declared for what is below a prefix, or for what the prefix is below. */
  public below(prefix: string): DataClassification {
    const overlapping = Object.keys(this.prefixes).filter((one) => one.startsWith(prefix) || prefix.startsWith(one));
    return overlapping.map((one) => this.prefixes[one]).reduce(higher, this.ofZone);
  }

  /** Obeys the tags of objects even where nothing is declared to be above the lowest class. */
  public close(): void {
    this.isClosed = true;
  }

  /** Clears a role for everything in the zone. */
  public readBy(role: iam.IRole): void {
    this.readers.push(role);
  }

  /** Lets a role that tags files after it has written them read them before. */
  public writtenBy(role: iam.IRole): void {
    this.writers.push(role.roleArn);
  }

  /** Lets a service's own role past the classes. */
  public spare(roleArn: string): void {
    this.spared.push(roleArn);
  }

  private protect(): void {
    if (![...this.lake].some((one) => one.isClosed || one.refusesUntagged || one.highest !== LOWEST)) return;
    for (const role of this.readers) clear(role, this.highest);
    if (this.highest !== LOWEST) this.clearEmptying();
    const statements = bucketDenies(this.bucket);
    for (const statement of this.spared.length ? statements : []) statement.addCondition('ArnNotLike', { 'aws:PrincipalArn': this.spared });
    if (this.refusesUntagged) statements.push(untaggedDeny(this.zone.bucket, [...this.spared, ...this.writers]));
    const what = `zone '${this.zone.zoneName}'`;
    requireBucketPolicySize(this.zone, what, statements);
    const refused = statements.filter((statement) => !this.zone.bucket.addToResourcePolicy(statement).statementAdded);
    if (!refused.length || this.isGuardedElsewhere || this.highest === LOWEST && !this.refusesUntagged) return;
    const text = JSON.stringify(Stack.of(this.zone).resolve(refused.map((statement) => statement.toStatementJson())));
    Annotations.of(this.zone).addError(`${what} has data of the class ${this.highest}, and its bucket exists elsewhere, so that its policy is not this app's: `
      + `make the bucket here, or give its policy these statements and set classesGuardedElsewhere: ${text}`);
  }

  /** The function that empties the bucket of an ephemeral lake could not otherwise. */
  private clearEmptying(): void {
    const role = Stack.of(this.zone).node.tryFindChild(EMPTIES_BUCKETS)?.node.tryFindChild('Role');
    if (role && CfnResource.isCfnResource(role)) role.addPropertyOverride('Tags', [{ Key: CLEARANCE, Value: CLASSES[CLASSES.length - 1] }]);
  }
}

/** Returns the pattern of a table's folders in a zone: its files, what refused rows, what its job works on. */
export function ofTable(table: string): string {
  return `?*/${table}/`;
}

/** Gives a role of the lake a clearance. A role that was made elsewhere has the one of its own tag. */
export function clear(role: iam.IRole, clearance: DataClassification): void {
  const resource = role.node.defaultChild;
  if (clearance === LOWEST || !(resource instanceof iam.CfnRole)) return;
  const tags = resource.tags.renderTags() as { key?: string; Key?: string; value?: string; Value?: string }[] | undefined;
  const before = tags?.find((tag) => (tag.key ?? tag.Key) === CLEARANCE);
  resource.tags.setTag(CLEARANCE, higher(clearance, (before?.value ?? before?.Value ?? LOWEST) as DataClassification));
}

/** Returns the class of data that comes from several places. */
export function highestOf(...classes: (DataClassification | undefined)[]): DataClassification {
  return classes.reduce<DataClassification>((one, other) => higher(one, other ?? LOWEST), LOWEST);
}

/** Refuses a class that the stream does not have which takes in what this one writes: its function could not read it. */
export function requireClassOfNext(name: string, prefix: string, classification: DataClassification, next: DataStream[]): void {
  for (const other of next) {
    if (!other.prefix.startsWith(prefix) && !prefix.startsWith(other.prefix)) continue;
    if (highestOf(other.classification, classification) === other.classification) continue;
    throw new Error(`${name} is ${classification}, and what it writes goes to stream '${other.streamName}' of the next zone, which is ${other.classification}: `
      + 'give that stream the class, too');
  }
}
