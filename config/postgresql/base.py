"""DATABASES["default"]["ENGINE"] names the package; Django looks for `DatabaseWrapper` here."""

from select import POLLIN, poll

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Django asks before the first query of a request, for a server that was restarted meanwhile.

        A server that goes hangs up, and an idle connection has nothing else to say: where nothing came,
        there is nothing to ask, which saves every page and call a round trip. After an error it is asked.
        """
        if self.connection is None or self.connection.closed or self.errors_occurred:
            return super().is_usable()
        heard = poll()
        heard.register(self.connection.fileno(), POLLIN)
        return not heard.poll(0) or super().is_usable()
