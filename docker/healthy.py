"""healthy.py PORT PATH: exits 0 if that answers 200, as it would behind the proxy. The image has no curl."""

import http.client
import sys

port, path = sys.argv[1:]
site = http.client.HTTPConnection("localhost", int(port), timeout=4)
site.request("GET", path, headers={"X-Forwarded-Proto": "https"})
sys.exit(site.getresponse().status != 200)
