"""What operators of the platform see of all organizations: workers, queues, organizations, users.

Nothing here goes through a tenant's transaction: it is for users whose account says that they operate the platform, and
shows how much there is of something, never what is in it.
"""
