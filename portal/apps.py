from django.apps import AppConfig
from django.core import checks

from portal.checks import check_production, check_settings


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        checks.register(check_settings)
        checks.register(check_production, deploy=True)
