"""Boards: tables and pages made from scores."""
