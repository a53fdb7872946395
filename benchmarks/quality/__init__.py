"""How right the program is, measured on simulated worlds with truth: links, clocks, causes of gaps, flags."""
