"""``POST /callbacks/<token>``: where asynchronous HTTP services deliver."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tropeiro.kernel.callbacks import read_callback_token
from tropeiro.kernel.errors import InvalidInput, TropeiroError
from tropeiro.web.jobs.callbacks import deliver
from tropeiro.web.problem_document import status_of
from tropeiro.web.screens.problems import problem

MAX_BYTES = 1024 * 1024


@csrf_exempt
@require_POST
def callback(request: HttpRequest, token: str) -> HttpResponse:
    """Take an answer of at most 1 MB. 202 when it was taken; else a problem document."""
    try:
        packet, fence = read_callback_token(settings.TROPEIRO.secret_key.encode(), token)
    except InvalidInput as error:
        return problem(404, "not_found", error.message)
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not declared.isdigit() or int(declared) > MAX_BYTES:
        return problem(413, "too_large", f"An answer has at most {MAX_BYTES} bytes.")
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return problem(413, "too_large", f"An answer has at most {MAX_BYTES} bytes.")
    try:
        deliver(packet, fence, body, request.headers)
    except TropeiroError as error:
        return problem(status_of(error), error.code, error.message)
    return JsonResponse({"accepted": True}, status=202)
