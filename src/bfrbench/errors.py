"""Every error that bfrbench raises on purpose, as one tree.

BfrError                      a sentence for the user: what, where, what to do
├── InputError                something handed in is not what it should be
│   ├── UnreadableImage       a file that is no whole, ordinary picture
│   ├── NameMismatch          names of LQ, HQ or restored images do not fit together
│   └── UnknownName           a preset, metric, protocol or restorer nobody knows
├── OutputError               a folder that cannot be written, or holds something else
├── WeightsUnavailable        a weight file that is not at hand
├── RestorerFailed            a contestant's code or command did not do its work
├── TrainingStopped           a loss or gradient that is no number
├── WorkerDied                a worker process was killed (out of memory, most often)
└── ClusterUnfit              a Ray cluster that does not answer, or has other versions than this process
"""


class BfrError(Exception):
    """Base of all; its text is a sentence to show as it is."""


class InputError(BfrError):
    """Something handed in is not what it should be."""


class UnreadableImage(InputError):
    """A file that is no whole, ordinary picture."""


class NameMismatch(InputError):
    """Names of LQ, HQ or restored images do not fit together."""


class UnknownName(InputError):
    """A preset, metric, protocol or restorer that nobody knows."""


class OutputError(BfrError):
    """A folder that cannot be written, or that holds something else."""


class WeightsUnavailable(BfrError):
    """A weight file that is not at hand."""


class RestorerFailed(BfrError):
    """A contestant's code or command did not do its work."""


class TrainingStopped(BfrError):
    """A loss or gradient that is no number; what was saved before is whole."""


class WorkerDied(BfrError):
    """A worker process was killed; out of memory, most often."""


class ClusterUnfit(BfrError):
    """A Ray cluster that does not answer, or whose machines have other versions than this process."""
