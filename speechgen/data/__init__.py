"""Speech data: Kaldi directories, corpora, joins by id, and training datasets.

What is here is listed in ``__init__.pyi`` and imported when it is first used, so that a verb that
reads a directory does not wait for PyTorch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
