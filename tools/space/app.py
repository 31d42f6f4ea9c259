"""What a Space runs: the pages of ``speechgen demo``."""

from speechgen.demo.app import application, look
from speechgen.demo.launching import closed

application().launch(**closed(), **look())
