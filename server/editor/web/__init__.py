"""What every page of the desk shares: addresses of units, the frame, who else is here."""
