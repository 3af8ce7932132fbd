"""Whether our degradations agree with other implementations: `python -m bfrbench.degradations.agreement`."""
