"""The tests of `bwc check`, by what they look at; each trouble has a remedy in both languages."""
