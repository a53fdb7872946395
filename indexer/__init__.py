"""Turns stores into recordings, links and findings."""
