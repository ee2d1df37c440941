"""The periods of the verification, in days, and how much at once; docs/editing.md tells them.

How often an entry is checked stands with the entry (contacts/models/review.py: 6 months).
"""

REMIND_AFTER = 14  # after the question was sent
MARK_AFTER = 14  # after the reminder was sent
MARK_BY_PHONE_AFTER = REMIND_AFTER + MARK_AFTER  # after staff were to ask by phone
HIDE_AFTER = 90  # after the entry was due
WARN_BEFORE = 14  # staff know at least so long before it is hidden
LINK_VALID = 180  # after the last e-mail with the link

#: Questions that leave on one day, each to one address about all that is due there. At the start,
#: and after a large import, all entries are due at once: neither staff, who decide on the answers,
#: nor mail servers are to get them all at once.
LETTERS_A_DAY = 20
