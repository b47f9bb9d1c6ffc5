import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { WARNINGS } from './annotations';

/**
 * Adds a statement to the policy of a key; warns with it where the policy cannot be changed from here.
 *
 * @param scope what needs the statement
 * @param key the key
 * @param statement the statement
 * @param otherwise what happens without it
 */
export function addToKeyPolicy(scope: IConstruct, key: kms.IKey, statement: iam.PolicyStatement, otherwise: string): void {
  if (key.addToResourcePolicy(statement, true).statementAdded) return;
  warn(scope, WARNINGS.keyPolicyNotChanged, 'key', statement, otherwise);
}

/**
 * Adds a statement to the policy of a queue; warns with it where the policy cannot be changed from here.
 *
 * @param scope what needs the statement
 * @param queue the queue
 * @param statement the statement
 * @param otherwise what happens without it
 */
export function addToQueuePolicy(scope: IConstruct, queue: sqs.IQueue, statement: iam.PolicyStatement, otherwise: string): void {
  if (queue.addToResourcePolicy(statement).statementAdded) return;
  warn(scope, WARNINGS.queuePolicyNotChanged, 'queue', statement, otherwise);
}

function warn(scope: IConstruct, id: string, what: string, statement: iam.PolicyStatement, otherwise: string): void {
  Annotations.of(scope).addWarningV2(id, `the policy of an imported ${what} cannot be changed from here: without this statement in it, ${otherwise}: `
    + JSON.stringify(Stack.of(scope).resolve(statement.toStatementJson())));
}
