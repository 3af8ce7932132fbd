"""Training: a facial prior, and a GFP-GAN from it."""
