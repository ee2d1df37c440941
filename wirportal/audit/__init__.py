"""What staff do, put on record: signing in, accounts, files, publishing."""
