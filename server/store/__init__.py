"""The data of the desk: documents, logs and blobs, behind one protocol with two backends."""
