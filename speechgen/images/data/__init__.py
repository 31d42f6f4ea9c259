"""Sets of images, pairs and domains of them, for training and scoring."""
