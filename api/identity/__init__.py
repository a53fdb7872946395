"""Who sends a request, by which cookie or token, and what they may do; how accounts and tokens are changed."""
