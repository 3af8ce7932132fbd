"""The networks of GFP-GAN, one part a file, named as the paper names them."""
