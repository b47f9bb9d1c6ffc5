import * as fs from 'fs';
import * as path from 'path';

/** What one attempt comes to: allowed, or refused by one of these statements. */
export interface Case {
  readonly persona: string;
  readonly clearance: string;
  readonly action: string;
  /** None for what is in no zone: jobs, roles, the dead-letter queue. */
  readonly zone?: string;
  /** None for the dead-letter queue. */
  readonly classification?: string;
  readonly allowed: boolean;
  /** Names of the statements that may be the one that refuses; empty if allowed. */
  readonly refusedBy: string[];
}

export interface Attempt {
  readonly what: string;
  readonly personas: string[];
  readonly refusedBy: string;
}

type Row = Record<string, string>;

const PAGE = path.resolve(__dirname, '..', '..', 'docs', 'access-matrix.md');

/** Returns the rows of the first table below a heading, by the words of its head. */
function rowsBelow(page: string, heading: string): Row[] {
  const section = page.split(/^## /m).slice(1).find((one) => one.startsWith(`${heading}\n`)) ?? page;
  const [head, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'))
    .map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')));
  return rows.map((cells) => Object.fromEntries(head.map((name, index) => [name, cells[index]])));
}

/** The page, as its tables say it. */
export class Matrix {
  public static read(page = fs.readFileSync(PAGE, 'utf8')): Matrix {
    return new Matrix(page);
  }

  /** The classes, which are the clearances too, from the lowest to the highest. */
  public readonly classes: string[];

  public readonly actions: string[];
  public readonly attempts: Attempt[];
  public readonly cases: Case[];
  private readonly above: Map<string, string>;

  private constructor(page: string) {
    const introduction = page.split(/^## /m)[0];
    this.classes = rowsBelow(introduction, '').map((row) => row.class);
    this.actions = rowsBelow(page, 'What is tried').map(({ action }) => action);
    this.above = new Map(rowsBelow(page, 'Above the clearance').map(({ action, statement }) => [action, statement]));
    this.attempts = rowsBelow(page, 'What must fail, and why').map((row) => ({
      what: row.attempt, personas: row.by.split(', '), refusedBy: row['refused by'],
    }));
    this.cases = [
      ...rowsBelow(page, 'Data').flatMap(({ persona, action, ...zones }) =>
        Object.entries(zones).flatMap(([zone, answer]) => this.classified({ persona, action, zone }, answer))),
      ...rowsBelow(page, 'Jobs').flatMap(({ persona, ...actions }) =>
        Object.entries(actions).flatMap(([action, answer]) => this.classified({ persona, action }, answer))),
      ...rowsBelow(page, 'The dead-letter queue').flatMap(({ persona, ...actions }) =>
        Object.entries(actions).flatMap(([action, answer]) => this.classes.map((clearance) => answered({ persona, action, clearance }, [answer])))),
    ];
  }

  /** One case for each clearance and class. */
  private classified(what: Pick<Case, 'persona' | 'action' | 'zone'>, answer: string): Case[] {
    return this.classes.flatMap((clearance, cleared) => this.classes.map((classification, level) => {
      const statement = this.above.get(what.action);
      const above = level > cleared && statement ? [`${statement}${classification[0].toUpperCase()}${classification.slice(1)}`] : [];
      return answered({ ...what, clearance, classification }, [answer, ...above]);
    }));
  }
}

function answered(what: Omit<Case, 'allowed' | 'refusedBy'>, answers: string[]): Case {
  const refusedBy = answers.filter((answer) => answer !== 'allow');
  return { ...what, allowed: !refusedBy.length, refusedBy };
}
