"""What other apps may want to know of accounts; so that accounts need not know of them."""

from django.dispatch import Signal

# Sent inside the transaction that deletes a person, before the row goes. Argument: user.
account_deletion = Signal()
# Sent when they are gone, and the next page is about to say so. Argument: request.
account_deleted = Signal()
