"""Sets of images, pairs and domains of them, and what training draws from them."""
