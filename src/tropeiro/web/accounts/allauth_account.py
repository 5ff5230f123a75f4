"""What allauth does about accounts, in our words and by our rules."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tropeiro.web.accounts import mail
from tropeiro.web.accounts.defaults import defaults_of, language_for
from tropeiro.web.accounts.invitations import InvitationState, Offer, accept, offer
from tropeiro.web.accounts.login import forget_failures, is_locked_out, note_failure
from tropeiro.web.accounts.models import User
from tropeiro.web.accounts.organizations import signup_is_open

INVITATION = "invitation"
"""Key of the session that holds the id of the invitation whose link was opened."""
UNKNOWN_ADDRESS = "::"

# By the template that allauth would show; what is not here goes without saying.
_SAID = {
    "cannot_delete_primary_email": _("This address cannot be removed while it is the one you log in with."),
    "email_confirmation_failed": _("Somebody else has confirmed this address."),
    "email_confirmation_sent": _("A mail with a link to confirm the address is on its way."),
    "email_confirmed": _("The address is confirmed."),
    "email_deleted": _("The address was removed."),
    "password_changed": _("The new password holds. Your other sessions have ended."),
    "primary_email_set": _("This is now the address that you log in with."),
    "recovery_codes_generated": _("These recovery codes are new; earlier ones do not work any more."),
    "totp_activated": _("The authenticator app is asked from now on."),
    "totp_deactivated": _("The authenticator app is not asked any more."),
    "webauthn_added": _("The passkey can be used."),
    "webauthn_removed": _("The passkey was removed."),
    "sessions_logged_out": _("All your other sessions have ended."),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing up, logging in, addresses, passwords."""

    error_messages = {  # noqa: RUF012 - what allauth reads
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is switched off."),
        "email_password_mismatch": _("E-mail address and password do not match."),
        "email_taken": _("There is an account with this address already. Log in, or ask for a new password."),
        "duplicate_email": _("This is your address already."),
        "enter_current_password": _("This is not your password."),
        "incorrect_password": _("This is not your password."),
        "incorrect_code": _("This code is not right. Wait for the next one, and look at the clock of your device."),
        "invalid_password_reset": _("This link has been used or is out of date."),
        "rate_limited": _("That was too often. Wait a while, then try again."),
        "too_many_login_attempts": _("Too many wrong attempts. Wait a quarter of an hour, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether whoever asks may sign up: everybody, or nobody without an invitation."""
        return signup_is_open() or invitation_of(request) is not None

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Keep a new user, who is a member at once when invited."""
        user.name = str(form.cleaned_data.get("name", ""))[:200]
        invited = invitation_of(request)
        decided = invited is not None and bool(defaults_of(invited.organization).language)
        # Where the organization decided, what a browser merely says is no choice of the person's.
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        user.language = "" if decided and not chosen else get_language() or ""
        with transaction.atomic():
            saved = super().save_user(request, user, form, commit)
            if commit and invited is not None:
                accept(invited.id, saved.id, saved.email)
                del request.session[INVITATION]
                request.session["organization"] = invited.organization_slug
        return saved

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Ask nothing of who was wrong too often."""
        if is_locked_out(credentials.get("email", ""), _address(request)):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """The user with this address and password, if there is one; wrong ones are counted."""
        user = super().authenticate(request, **credentials)
        if user is not None:
            forget_failures(credentials.get("email", ""))
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The password was wrong."""
        note_failure(credentials.get("email", ""), _address(request))

    def get_client_ip(self, request: HttpRequest) -> str:
        """The network address that a request came from. A trusted proxy's header is the server's to read."""
        return _address(request) or UNKNOWN_ADDRESS

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Back to the login, with the reason."""
        messages.error(request, self.error_messages["account_inactive"])
        return HttpResponseRedirect(reverse("account_login"))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say on the next page what happened, in our words."""
        name = (message_template or "").rpartition("/")[2].removesuffix(".txt")
        text = message or _SAID.get(name)
        if text:
            messages.add_message(request, level, str(text), extra_tags=extra_tags)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of our mails under allauth's name for it, in the language of the user when there is one."""
        user = context.get("user")
        language = language_for(user.id, user.language) if isinstance(user, User) else ""
        mail.send(template_prefix.rpartition("/")[2], email, {**context, "email": email}, language=language)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a user what happened to the account, in case it was somebody else; only where mail is sent."""
        if not mail.mail_is_sent():
            return
        known = {"user": user, "at": timezone.now(), "address": _address(self.request) or "", **(context or {})}
        known["agent"] = self.request.headers.get("User-Agent", "")[:200]
        name = f"notice_{template_prefix.rpartition('/')[2]}"
        mail.send(name, email or user.email, known, language=language_for(user.id, user.language))

    def send_account_already_exists_mail(self, email: str) -> None:
        """Somebody signed up with an address that has an account; its owner is told, the other learns nothing."""
        mail.send("account_already_exists", email, {"reset": mail.address_of(reverse("account_reset_password"))})

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The whole address of the page where a new password is chosen."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return mail.address_of(path.replace("UID-KEY", quote(key)))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The whole address of the page where an e-mail address is confirmed."""
        return mail.address_of(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Where one is after changing the password."""
        return reverse("mfa_index")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        """Where one is after confirming an address."""
        return reverse("account_email" if self.request.user.is_authenticated else "account_login")


def invitation_of(request: HttpRequest) -> Offer | None:
    """The invitation whose link this browser has opened, while it holds."""
    known = request.session.get(INVITATION)
    found = offer(known) if known else None
    return found if found is not None and found.state is InvitationState.OPEN else None


def _address(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None
