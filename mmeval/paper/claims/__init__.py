"""Claims of a paper: what decides one, the estimators of each kind, and the verdicts."""
