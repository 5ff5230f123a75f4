"""Logging in and out."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.web.accounts.login import forget_failures, is_locked_out, note_failure


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """The form, and what it sends."""
    target = _safe_target(request)
    if request.method == "GET":
        return redirect(target) if request.user.is_authenticated else _form(request, target)
    email, password = request.POST.get("email", ""), request.POST.get("password", "")
    address = request.META.get("REMOTE_ADDR") or None
    if is_locked_out(email, address):
        problem = _("Too many wrong passwords. Wait a quarter of an hour, then try again.")
        return _form(request, target, email=email, problem=problem, status=429)
    user = authenticate(request, email=email, password=password)
    if user is None:
        note_failure(email, address)
        problem = _("E-mail address and password do not match.")
        return _form(request, target, email=email, problem=problem, status=400)
    forget_failures(email)
    login(request, user)
    return HttpResponseRedirect(target)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("login")


def _form(request: HttpRequest, target: str, *, email: str = "", problem: str = "", status: int = 200) -> HttpResponse:
    context = {"next": target, "email": email, "problem": problem}
    return render(request, "login.html", context, status=status)


def _safe_target(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else "/"
