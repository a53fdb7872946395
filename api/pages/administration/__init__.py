"""管理: users, tokens, limits and exclusions with back-test, the audit log, imports of feeds."""
