"""An evidence package: footage, verdict and log of one activity in a folder that proves itself whole (BagIt)."""
