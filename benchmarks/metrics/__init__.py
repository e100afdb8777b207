"""The task metrics, one family a file. A family turns each sample's answer into numbers; figures are computed from all samples' numbers."""
