"""Names of units, fields and faults for people."""
