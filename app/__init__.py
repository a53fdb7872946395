"""The application shell: settings, commands, schedule, workers, server. The only package that knows all the others."""
