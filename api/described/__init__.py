"""`/api/openapi.json`: what the framework describes, made complete."""
