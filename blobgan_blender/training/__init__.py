"""Training a BlobGAN from a folder of pictures: data, losses, loop."""
