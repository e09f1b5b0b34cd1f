"""Journeys click through the site as people do."""

from tests.browser import chromium as chromium
