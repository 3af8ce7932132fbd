"""Photographs in, aligned faces out: found, filtered by stated limits, cut by the FFHQ template, indexed."""
