"""What a publish writes into the data folder: blobs, slices, containers, releases and the channel."""
