"""The `anju` command, one module for each subject."""
