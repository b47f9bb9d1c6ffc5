"""CloudFormation on the embedded cloud: the registry, and the resource types that MiniStack lacks or only half applies."""
