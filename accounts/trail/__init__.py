"""What keeps the audit trail true: rows that cannot change, a chain over them, an anchor outside, and who checks it."""
