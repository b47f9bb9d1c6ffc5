import { Stage } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { IConstruct } from 'constructs';

/**
 * What cdk-nag's AwsSolutions pack reports as errors, one line for each resource: `AwsSolutions-S1 Stack/Bucket/Resource: ...`.
 *
 * cdk-nag 3 is a validation plugin that walks the tree once it is synthesized; so is this.
 */
export function nagErrors(scope: IConstruct): string[] {
  const { exitCode } = process;
  Stage.of(scope)!.synth();
  // With its newest feature flags the CDK ends a process whose app has error annotations, such as layers that are not built, with code 1.
  process.exitCode = exitCode;
  const report = new AwsSolutionsChecks().validateScope(scope);
  return report.violations
    .filter((violation) => violation.severity === 'error')
    .flatMap((violation) => violation.violatingResources.map(
      (resource) => `${violation.ruleName} ${resource.constructPath}: ${violation.description}`));
}
