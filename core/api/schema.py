from drf_spectacular.openapi import AutoSchema


class TradepostSchema(AutoSchema):
    pass
