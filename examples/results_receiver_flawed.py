"""The good results receiver with three defects, each an honest mistake that is often made; all else is right.

1. Every postback is acted upon, so a duplicate is applied twice and a second certificate mailed (CLOUD-RECV-08).
2. A registration that is not known is answered 500, and so sent again up to 70 times (CLOUD-RECV-10).
3. The last postback decides about completion, so an older one that comes late undoes it (CLOUD-RECV-09).
"""

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING or __package__:
    from examples import results_receiver_good as good
    from examples import results_store as results
else:  # run as a script: the neighbours are found in the script's own folder
    import results_receiver_good as good
    import results_store as results


class FlawedStore(results.Store):
    """Takes a postback for news."""

    def effects(self, old: results.Result, new: results.Result) -> int:
        """Act once for each postback that comes."""
        return 1

    def merge(self, old: results.Result, new: results.Result) -> results.Result:
        """Take the completion as it comes."""
        return replace(super().merge(old, new), complete=new.complete)


class FlawedReceiver(good.Receiver):
    """Relies on the sender to know which registrations there are."""

    kept = FlawedStore

    def take(self, regid: str, result: results.Result) -> None:
        """Look the registration up without asking whether it is there."""
        self.store.apply(regid, result)


if __name__ == "__main__":
    good.main(FlawedReceiver)
