"""What a comment is for: a request for code, or something that asks for nothing."""
