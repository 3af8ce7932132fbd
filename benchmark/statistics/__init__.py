"""What the values of images say together: means, differences, ranks, curves; their intervals know of people.

Several pictures of one person are not independent, and neither are several LQs of one HQ. So every function
takes, beside the values, the unit that each image belongs to, `people[i]`: whatever is called a person there
is resampled, left out or counted as a whole. To hold the people fixed and ask about other photographs of
them, give the source images' names instead. docs/statistics.md explains every number in words.
"""

from bfrbench.benchmark.statistics.bootstrap import LEVEL, RESAMPLES
from bfrbench.benchmark.statistics.summary import Summary, mean_interval, summarise

__all__ = ["LEVEL", "RESAMPLES", "Summary", "mean_interval", "summarise"]
