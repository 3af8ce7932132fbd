"""Degradation synthesis: HQ faces in, paired data sets out."""
