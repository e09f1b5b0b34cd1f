from knox.auth import TokenAuthentication
from rest_framework import authentication


class ApiTokenAuthentication(TokenAuthentication):
    pass


class SessionAuthentication(authentication.SessionAuthentication):
    pass
