from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import listeners  # models are loaded only now
        from accounts.fresh import precautions

        listeners.connect()
        precautions.connect()
