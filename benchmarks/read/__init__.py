"""P9: how quickly lists, details, time lines and the overview answer at the size of a large city.

`world` says what is in it, `rows` and `records` write it straight into the tables, `load` runs them, `questions` and
`measure` ask through a real server.
"""
