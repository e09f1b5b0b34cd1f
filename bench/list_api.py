"""GET /api/v1/trades/: 20 proposals of a trader who has 1,000 among 10⁶, beside a bare function view."""

from bench.harness import Side, compare, options, report
from bench.market import market
from bench.web import sites, token_of

PATH = "/api/v1/trades/"


def main() -> None:
    given = options(__doc__)
    with market(given.size):
        from accounts.models import User

        token = token_of(User.objects.get(username="u0"))
        with sites() as (ours, floor):
            sides = [
                Side(name, lambda site=site: site.ask("GET", PATH, Authorization=token), pids=[site.pid])
                for name, site in (("ours", ours), ("floor", floor))
            ]
            figures = compare(sides, rounds=given.rounds, calls=given.calls)
        report(f"list API, 20 of a trader's 1,000 among {given.size:,}", figures, at_most=4)


if __name__ == "__main__":
    main()
