"""Answers to people who have to wait."""

from datetime import timedelta
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import ratelimit
from accounts.addresses import client_ip

TOO_MANY_REQUESTS = 429


def wait_page(request: HttpRequest, template: str, *, wait: timedelta) -> HttpResponse:
    context = {"minutes": max(1, ceil(wait / timedelta(minutes=1)))}
    response = render(request, template, context, status=TOO_MANY_REQUESTS)
    response["Retry-After"] = str(max(1, ceil(wait.total_seconds())))
    return response


def refusal(request: HttpRequest, *, scope: str, limit: int) -> HttpResponse | None:
    """The page for an address that has done this `limit` times in an hour; None, and one more, where it has not."""
    address = client_ip(request) or ""
    if ratelimit.allow(scope=scope, key=address, limit=limit):
        return None
    return wait_page(request, "accounts/too_many.html", wait=ratelimit.wait(scope=scope, key=address))
