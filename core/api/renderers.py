from drf_orjson_renderer.renderers import ORJSONRenderer
from rest_framework.renderers import BrowsableAPIRenderer


class JSONRenderer(ORJSONRenderer):
    pass


class BrowsableRenderer(BrowsableAPIRenderer):
    pass
