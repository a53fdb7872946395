"""The content detectors against a generated set: pictures and sound with real texture, and defects at known places."""
