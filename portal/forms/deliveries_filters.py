"""The filters of the list of deliveries."""

from django.db.models import Q

from portal.forms.filters import FilterForm, Menu, Text
from portal.refusals import REASONS
from provisioning.events.models import Delivery


class DeliveryFilters(FilterForm):
    time_column = "received_at"
    search_columns = ("code", "request_id", "envelope_id")
    search_label = "Code or request"

    outcome = Menu("Outcome", Delivery.Outcome.choices)
    reason = Menu("Reason", list(REASONS.items()))
    source = Text("Source address", column="source")

    def search(self, text: str) -> Q:
        return Q(code=text.upper()) | Q(request_id=text) | Q(envelope_id=text)
