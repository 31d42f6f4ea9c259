"""What a Space runs: the pages of ``speechgen demo``."""

from speechgen.demo.app import application, look

application().launch(**look())
