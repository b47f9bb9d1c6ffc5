import { Token } from 'aws-cdk-lib';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';
import type { LakeBudgetOptions } from './lake-monitoring';

/** When a budget tells of itself: what was spent, and what the month will come to. */
const NOTIFICATIONS = [{ type: 'ACTUAL', percent: 80 }, { type: 'ACTUAL', percent: 100 }, { type: 'FORECASTED', percent: 100 }];

/** A monthly budget that tells a topic. */
export function makeBudget(scope: Construct, id: string, topicArn: string, { monthlyLimit, tag }: LakeBudgetOptions): budgets.CfnBudget {
  if (!Token.isUnresolved(monthlyLimit) && !(monthlyLimit > 0)) {
    throw new Error(`monthlyLimit of the budget is ${monthlyLimit}: give an amount in US dollars above 0`);
  }
  return new budgets.CfnBudget(scope, id, {
    budget: {
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: monthlyLimit, unit: 'USD' },
      // https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html
      costFilters: tag && { TagKeyValue: [`user:${tag.key}$${tag.value}`] },
    },
    notificationsWithSubscribers: NOTIFICATIONS.map(({ type, percent }) => ({
      notification: { notificationType: type, comparisonOperator: 'GREATER_THAN', threshold: percent, thresholdType: 'PERCENTAGE' },
      subscribers: [{ subscriptionType: 'SNS', address: topicArn }],
    })),
  });
}
