"""Judges: the frozen networks that metrics look through, one file each.

Each is its published weights and a function that walks them: no training code, no options. All compute in
float32 on the CPU, one image at a time on one thread, so that a number depends on its image alone.
"""
