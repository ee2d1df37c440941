from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """With OWASP's numbers: Django's 100 MB for each try would fill a small server's memory."""

    memory_cost = 19_456  # KiB
    parallelism = 1
