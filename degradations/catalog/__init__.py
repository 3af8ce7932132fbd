"""The field's test sets: what is known of each and who says so, and how a user's own copy is recognised."""
