"""Image corpora: MNIST."""
