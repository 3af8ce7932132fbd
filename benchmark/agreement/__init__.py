"""Do our metrics agree with somebody else's? One file an area; `python -m bfrbench.benchmark.agreement`."""
