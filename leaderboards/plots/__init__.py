"""The figures of a board, one file each; `leaderboards.figures` draws them all."""
