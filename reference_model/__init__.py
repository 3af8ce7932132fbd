"""The reference GFP-GAN."""
