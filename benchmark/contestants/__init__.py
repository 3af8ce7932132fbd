"""Other people's models as restorers, from their files: one file a kind. None runs code of the file's."""
