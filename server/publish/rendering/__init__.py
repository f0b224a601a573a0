"""A pack becomes pages: data for the templates, and the pages of each language as bytes."""
