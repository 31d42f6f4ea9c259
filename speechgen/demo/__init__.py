"""Pages in a browser on which one hears it: enhancement, voices, speech, latents."""

from __future__ import annotations

from speechgen.demo.launching import check_installed, launch

__all__ = ["check_installed", "launch"]
