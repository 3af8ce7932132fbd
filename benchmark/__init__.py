"""The judge: runs restorers, scores what they made."""
