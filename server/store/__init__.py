"""What the desk keeps: documents, logs and blobs, behind one protocol with two backends."""
