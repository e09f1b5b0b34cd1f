"""The page of a trader's trades: 20 of 1,000 among 10⁶, behind WSGI, beside a bare Django view."""

from bench.harness import Side, compare, options, report
from bench.market import market
from bench.web import session_of, sites

PATH = "/trades/done/"


def main() -> None:
    given = options(__doc__)
    with market(given.size):
        from accounts.models import User

        cookie = session_of(User.objects.get(username="u0"))
        with sites() as (ours, floor):
            sides = [
                Side(name, lambda site=site: site.ask("GET", PATH, Cookie=cookie), pids=[site.pid])
                for name, site in (("ours", ours), ("floor", floor))
            ]
            figures = compare(sides, rounds=given.rounds, calls=given.calls)
        report(f"list page, 20 of a trader's 1,000 among {given.size:,}", figures, at_most=2)


if __name__ == "__main__":
    main()
