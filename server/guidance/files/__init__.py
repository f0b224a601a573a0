"""Pack folders read into models, merged layer by layer, and the record of what translations were made from."""
