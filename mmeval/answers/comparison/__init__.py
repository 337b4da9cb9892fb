"""Two trees -> equal, different or undecided: structure, exact algebra, a bounded prover."""
