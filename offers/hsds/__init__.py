"""Open data: what is public of the overview, in the form of Open Referral HSDS 3.0.

Each column is named where it is used: a new one, or an internal one, does not get out by itself.
What is unknown is left out.
"""
