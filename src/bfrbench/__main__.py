"""`python -m bfrbench` is the same as `bfrbench`."""

from bfrbench.cli import main

main()
