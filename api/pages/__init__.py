"""HTML pages, rendered on the server, working without any outside address."""
