"""bfrbench: data sets, scores and leaderboards for blind face restoration."""

__version__ = "0.1.0"
