"""The site: every board, method, metric, protocol and printed table as pages that need no server."""
