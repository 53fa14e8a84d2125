"""The networks of BlobGAN (Epstein et al., ECCV 2022, arXiv 2205.02837) in torch, and nothing else."""
