"""Networks of images, one folder a family."""
