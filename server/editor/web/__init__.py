"""What every page of the desk shares: addresses of units, the frame of a page, who else is here."""
