"""How predictable the answers of training sets are: sets, scores, comparison, report."""
