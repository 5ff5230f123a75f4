"""Tables of users, organizations and members. Private to this app."""

# mypy: disable-error-code="var-annotated"

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from tropeiro.web.permissions import Role
from tropeiro.web.uuid_key import uuid_key


class UserManager(BaseUserManager["User"]):
    """Makes and finds users; e-mail addresses are kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who logs in. What they may do hangs on their memberships."""

    id = models.BigAutoField(primary_key=True)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    theme = models.CharField(max_length=16, blank=True, default="")
    is_operator = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects: UserManager = UserManager()

    class Meta:
        db_table = "tropeiro_user"


class Organization(models.Model):
    """A tenant."""

    id = uuid_key()
    slug = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    data_key = models.BinaryField()
    language = models.CharField(max_length=10, blank=True, default="", db_default="")
    time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_organization"


class Suspension(models.Model):
    """That the operators suspended an organization: nothing of it starts, and what is under way stands still."""

    organization: Any = models.OneToOneField(Organization, models.PROTECT, primary_key=True, related_name="suspension")
    reason = models.TextField()
    suspended_by = models.TextField()
    suspended_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_suspension"
        managed = False


class Membership(models.Model):
    """That a user belongs to an organization, with a role."""

    id = uuid_key()
    organization: Any = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    user: Any = models.ForeignKey(User, models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_member"
        constraints = (models.UniqueConstraint(fields=["organization", "user"], name="tropeiro_member_once"),)


class Invitation(models.Model):
    """A link by which one person becomes a member. Of its token only the digest is kept."""

    id = uuid_key()
    organization: Any = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role])
    email = models.EmailField(max_length=254, blank=True, default="")
    token_digest = models.BinaryField(unique=True)
    invited_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        db_table = "tropeiro_invitation"
        indexes = (models.Index(fields=["organization", "-id"], name="tropeiro_invitation_recent"),)


class Installation(models.Model):
    """What the operator decided for the whole installation: one row, or none while nothing was decided."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    signup = models.BooleanField()

    class Meta:
        db_table = "tropeiro_installation"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="tropeiro_installation_once"),)


class LoginFailure(models.Model):
    """A password that was wrong, kept for as long as it counts against the address that it was tried for."""

    id = models.BigAutoField(primary_key=True)
    email = models.CharField(max_length=254)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "tropeiro_login_failure"
        indexes = (
            models.Index(fields=["email", "at"], name="tropeiro_login_email"),
            models.Index(fields=["address", "at"], name="tropeiro_login_address"),
        )
