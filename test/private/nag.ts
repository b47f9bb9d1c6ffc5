import { Stage } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { IConstruct } from 'constructs';

/**
 * What cdk-nag's AwsSolutions pack reports as errors, one line for each resource: `AwsSolutions-S1 Stack/Bucket/Resource: ...`.
 *
 * cdk-nag 3 is a validation plugin that walks the tree once it is synthesized; so is this.
 */
export function nagErrors(scope: IConstruct): string[] {
  Stage.of(scope)!.synth();
  const report = new AwsSolutionsChecks().validateScope(scope);
  return report.violations
    .filter((violation) => violation.severity === 'error')
    .flatMap((violation) => violation.violatingResources.map(
      (resource) => `${violation.ruleName} ${resource.constructPath}: ${violation.description}`));
}
