"""One module per `bwc` command (`interface.md`, section on commands)."""
