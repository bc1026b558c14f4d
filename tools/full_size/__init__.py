"""The whole path at full size: networks of StyleGAN-Human's shape, in a real host."""
