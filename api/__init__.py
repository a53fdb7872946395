"""FastAPI: JSON for other systems and pages for people share one read side (`storage.queries`)."""
