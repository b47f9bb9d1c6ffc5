"""From a synthesized CDK app (`cdk.out`) to stacks on the embedded cloud, through AWS's own APIs."""
