from django.http import HttpRequest, HttpResponse


def trade(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(str(pk))
