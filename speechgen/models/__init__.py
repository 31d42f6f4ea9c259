"""Networks composed of the cores; each is built by name through :mod:`speechgen.registry`."""
