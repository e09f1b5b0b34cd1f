"""Fill an empty site with a believable market: `seeddemo [--traders N] [--holdings N] [--seed S]`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from config.demo import PASSWORD, is_seeded, seed_market
from config.demo.reputations import OLD_TRADES
from config.demo.trading import HISTORIES


class Command(BaseCommand):
    help = "Make demo traders, binders and trades in every status; does nothing where they are already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--traders", type=int, default=40)
        parser.add_argument("--holdings", type=int, default=2_000)
        parser.add_argument("--seed", type=int, default=2026)

    def handle(self, *args: Any, traders: int, holdings: int, seed: int, **options: Any) -> None:
        if not 5 <= traders <= 1_000 or not 0 < holdings <= 200_000:
            raise CommandError("between 5 and 1,000 traders and up to 200,000 holdings")
        if is_seeded():
            self.stdout.write("The demo market is here already.")
            return
        work = 1 + 2 * traders + HISTORIES + OLD_TRADES + 10
        with tqdm(total=work, desc="demo market", disable=not sys.stderr.isatty()) as bar:

            def told(step: str, done: int) -> None:
                bar.set_postfix_str(step, refresh=False)
                bar.update(done)

            seed_market(traders=traders, seed=seed, holdings=holdings, told=told)
        self.stdout.write(f"{traders} traders, one market. Sign in as alice or bob, password {PASSWORD}")
