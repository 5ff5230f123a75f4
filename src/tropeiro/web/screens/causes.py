"""What the platform's error codes mean, in words: an error's own message is stored once, in English, for everybody."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

CAUSES = {
    "address_refused": _("The address belongs to this machine or to a private network; calls may not go there."),
    "all_branches_failed": _("Every branch failed, and one success would have been enough."),
    "answer_not_json": _("The service answered with something that is not JSON."),
    "bundle_invalid": _("The project's code cannot be read. Apply the project again."),
    "callback_not_declared": _("The service answers later, but its declaration does not say so."),
    "cancelled": _("The automation that was called was cancelled."),
    "conflict": _("What was called is in a state that does not allow it."),
    "connect_failed": _("No connection to the server came about. Check that it runs, and the port."),
    "connection_lost": _("The connection broke before the answer was complete."),
    "credential_missing": _("The service needs a credential that the step does not name, or that is gone."),
    "credential_unusable": _("The credential lacks a field that the service needs, or is of another kind."),
    "csv_invalid": _("The text cannot be read as CSV."),
    "document_invalid": _("The workflow's document cannot be used by this version."),
    "executor_stopped": _("The worker was stopped while the service ran."),
    "expression_error": _("An expression could not be evaluated with this data. Compare it with the step's input."),
    "forbidden": _("The service may not be called from here."),
    "header_refused": _("A header is not allowed in calls."),
    "http_status": _("The server refused the call: its status is not among the expected ones."),
    "invalid_input": _("What was given cannot be used."),
    "invalid_inputs": _("The step's inputs do not fit together. Check them."),
    "invalid_url": _("The address cannot be used. Check how it is written."),
    "method_refused": _("This HTTP method is not allowed in calls."),
    "name_not_resolved": _("The server's name is not known. Check its spelling."),
    "no_network": _("The service was given no access to the network."),
    "not_a_number": _("A value that should be a number is something else."),
    "not_carriable": _("The data holds something that cannot be carried to the next step."),
    "not_comparable": _("Values of different kinds cannot be put in order or compared."),
    "not_found": _("What was called is not there, or not for this project."),
    "notification_failed": _("The message did not reach where it should go. Check the address."),
    "number_too_large": _("A number has more digits than can be carried."),
    "organization_suspended": _("The organization is suspended: nothing of it starts, and what runs stands still."),
    "output_not_json": _("The service returned something that is not plain JSON."),
    "output_too_large": _("The service returned more than an output may hold. Return it in pages."),
    "packet_too_large": _("The data for the next steps is too large. Name fewer earlier outputs in them."),
    "paging_failed": _("The way from one page to the next could not be followed."),
    "platform_unavailable": _("A part of the platform was not reachable."),
    "port_refused": _("Calls may not go to this port."),
    "project_archived": _("Its project, or one that it calls, is archived."),
    "quarantined": _("The packet was taken again and again without getting further, and was set aside."),
    "queue_unavailable": _("The queue was not reachable."),
    "redirect_refused": _("The server sends the call to another address, which is not followed."),
    "rejected": _("Somebody who was asked rejected it."),
    "request_too_large": _("The request is larger than a call may be."),
    "response_broken": _("The server's answer cannot be read."),
    "response_too_large": _("The server's answer is larger than allowed. Ask for less at once."),
    "schema_mismatch": _("A value does not match the schema of an input or output. The same value would fail again."),
    "seal_broken": _("The credential cannot be opened with the keys at hand. Set it again."),
    "service_crashed": _("The service's process ended before it answered."),
    "service_error": _("The service said that it failed."),
    "service_unloadable": _("The service's code could not be loaded on the worker."),
    "signing_secret_invalid": _("The secret that calls are signed with cannot be used. Set it again."),
    "signing_secret_missing": _("The secret that calls are signed with is missing."),
    "target_invalid": _("The address of the message cannot be used."),
    "target_refused": _("Messages may not go to this address."),
    "template_failed": _("An expression in the template could not be evaluated with this data."),
    "template_invalid": _("The template cannot be read."),
    "timeout": _("It did not end in its time."),
    "tls_failed": _("The server's certificate could not be verified."),
    "too_many_expressions": _("The template has too many values to fill in."),
    "too_many_redirects": _("The server sends the call from address to address without end."),
    "unexpected_error": _("The service's code raised an error that it does not handle."),
    "unexpected_redirect": _("The service sends the call to another address, which is not followed."),
    "unknown": _("The service gave no reason."),
    "unknown_builtin": _("The worker is older than the workflow and lacks this built-in service. Update it."),
}
"""By code. A service's own codes have no words here; its message says what there is to say."""


def meaning(code: str) -> str:
    """What a code means, in the reader's language; empty for English, in which the error's message says more."""
    said = CAUSES.get(code)
    return "" if said is None or (get_language() or "en").startswith("en") else str(said)
