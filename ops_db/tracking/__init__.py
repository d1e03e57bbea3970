"""The owner's side: reporting without an account, following by a link, urging, rating."""
