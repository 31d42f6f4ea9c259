"""A server of speech: text to speech, enhancement and voice conversion over HTTP and WebSocket.

::

    socket --> [gate: origin, token, size, queue] --> route --> job, piece by piece --> client
                                                                 |
                                     one copy of each model <----'  in a few worker threads

Its packages are those of the extra ``serve``; nothing else of speechgen imports them.
"""

from speechgen.serving.settings import Settings

__all__ = ["Settings"]
