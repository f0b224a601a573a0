"""What people call units, fields and faults."""
