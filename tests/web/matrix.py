"""Who gets what at each route: a status per role for GET and for an empty POST.

Roles: anonymous, another trader, the owner, an operator, a superuser; "in" leads to the sign-in page.
"""

EVERYBODY = "200 200 200 200 200"
MEMBERS = "in 200 200 200 200"
WITH_FACTOR = "in 302 302 200 200"
TO_ADD = "in 200 200 302 302"
TO_REMOVE = "in 404 404 200 200"
CODES = "in 302 302 302 302"
MEMBERS_422 = "in 422 422 422 422"
MEMBERS_302 = "in 302 302 302 302"
STRANGERS = "200 302 302 302 302"
OWN = "in 404 200 404 404"
OWN_302 = "in 404 302 404 404"
OWN_422 = "in 404 422 404 404"
OWN_400 = "in 404 400 404 404"
MEMBERS_400 = "in 400 400 400 400"
NOT_SO = "in 405 405 405 405"
NEVER_SO = "405 405 405 405 405"
OPERATORS = "in in in 200 200"
OPERATORS_302 = "in in in 302 302"
OPERATORS_405 = "in in in 405 405"
NO_OPERATOR = "in in in 403 403"
SUPERUSERS_302 = "in in in 403 302"
NOTHING = "in in in 404 404"
MACHINES = "400 400 400 400 400"

SEE, ACT = (MEMBERS, NOT_SO), (NOT_SO, OWN_302)
MATRIX: dict[str, tuple[str, str]] = {
    "": (EVERYBODY, NEVER_SO),
    "results/": (MEMBERS, MEMBERS),
    "results/<int:year>/trades.csv": (MEMBERS, NOT_SO),
    "results/<int:year>/groups.csv": (MEMBERS, NOT_SO),
    "bots/<uuid:public_id>/results/": (OWN, NOT_SO),
    "orders/": SEE,
    "orders.csv": SEE,
    "bots/": SEE,
    "bots/import/": (MEMBERS, MEMBERS_422),
    "bots/<uuid:public_id>/bot.json": (OWN, NOT_SO),
    "bots/together/": (MEMBERS_302, MEMBERS_302),
    "bots/add/": (MEMBERS, MEMBERS_422),
    "bots/pairs/": (NOT_SO, MEMBERS),
    "bots/worst-case/": (MEMBERS, MEMBERS),
    "bots/glimpse/": (NOT_SO, MEMBERS),
    "bots/<uuid:public_id>/": (OWN, NOT_SO),
    "bots/<uuid:public_id>/chart/": (OWN, NOT_SO),
    "bots/<uuid:public_id>/journal/": (OWN, NOT_SO),
    "bots/<uuid:public_id>/journal.csv": (OWN, NOT_SO),
    "bots/<uuid:public_id>/orders/": (OWN, NOT_SO),
    "bots/<uuid:public_id>/orders.csv": (OWN, NOT_SO),
    "bots/<uuid:public_id>/closed/": (OWN, NOT_SO),
    "bots/<uuid:public_id>/look-backs/": (OWN, OWN),
    "look-backs/<uuid:public_id>/": (OWN, NOT_SO),
    "look-backs/<uuid:public_id>/cancel/": ACT,
    "look-backs/<uuid:public_id>/map/": ACT,
    "look-backs/<uuid:public_id>/answer.json": (OWN, NOT_SO),
    "look-backs/<uuid:public_id>/groups.csv": (OWN, NOT_SO),
    "look-backs/<uuid:public_id>/months.csv": (OWN, NOT_SO),
    "look-backs/<uuid:public_id>/map.csv": (OWN, NOT_SO),
    "bots/<uuid:public_id>/edit/": (OWN, OWN_422),
    "bots/<uuid:public_id>/enable/": (OWN_302, OWN_302),
    "bots/<uuid:public_id>/disable/": (OWN, OWN),
    "bots/<uuid:public_id>/delete/": (OWN, OWN_302),
    "bots/<uuid:public_id>/signals/": (OWN, OWN),
    "bots/<uuid:public_id>/signals/end/": ACT,
    "bots/<uuid:public_id>/pause/": (NOT_SO, OWN_400),
    "bots/<uuid:public_id>/close/": (OWN, OWN_302),
    "groups/<uuid:public_id>/close/": (OWN, OWN_302),
    "groups/<uuid:public_id>/release/": (OWN, OWN_302),
    "groups/<uuid:public_id>/exits/": (OWN, OWN_422),
    "bots/<uuid:public_id>/open/": (OWN, OWN_422),
    "bots/<uuid:public_id>/adopt/": (OWN, OWN_422),
    "groups/<uuid:public_id>/sell/": (OWN, OWN_422),
    "groups/<uuid:public_id>/add/": (OWN, OWN_422),
    "groups/<uuid:public_id>/recovery/": (NOT_SO, OWN_400),
    "bots/<uuid:public_id>/signals/test/": ACT,
    "bots/<uuid:public_id>/story/": (NOT_SO, "in 404 404 404 404"),
    "first-steps/": (NOT_SO, MEMBERS_302),
    "stops/": SEE,
    "pause/": (NOT_SO, MEMBERS_400),
    "close/": (MEMBERS, MEMBERS_302),
    "signals/<str:token>/": (NEVER_SO, MACHINES),
    "connections/": SEE,
    "connections/test/": (NOT_SO, MEMBERS_302),
    "connections/add/": SEE,
    "connections/add/<slug:exchange>/": (MEMBERS, MEMBERS),
    "connections/add/<slug:exchange>/practice/": (MEMBERS_302, "in 404 404 404 404"),
    "connections/<uuid:public_id>/": (OWN, NOT_SO),
    "connections/<uuid:public_id>/test/": ACT,
    "connections/<uuid:public_id>/rename/": (NOT_SO, OWN),
    "connections/<uuid:public_id>/replace/": (OWN, OWN),
    "connections/<uuid:public_id>/discard/": ACT,
    "connections/<uuid:public_id>/delete/": (OWN, OWN_302),
    "connections/<uuid:public_id>/loss-cap/": (OWN, OWN),
    "mails/": (EVERYBODY, NEVER_SO),
    "account/": SEE,
    "account/go-on/<str:token>/": (MEMBERS_302, NOT_SO),
    "account/confirm/mail/": (MEMBERS_302, MEMBERS_302),
    "account/2fa/": SEE,
    "account/2fa/authenticate/": (CODES, CODES),
    "account/2fa/reauthenticate/": (WITH_FACTOR, WITH_FACTOR),
    "account/2fa/totp/activate/": (TO_ADD, TO_ADD),
    "account/2fa/totp/deactivate/": (TO_REMOVE, "in 404 404 302 302"),
    "account/2fa/recovery-codes/": ("in 404 404 404 404", NOT_SO),
    "account/2fa/recovery-codes/generate/": (MEMBERS, "in 200 200 302 302"),
    "account/2fa/recovery-codes/download/": ("in 404 404 404 404", "in 404 404 404 404"),
    "account/2fa/webauthn/": SEE,
    "account/2fa/webauthn/add/": (MEMBERS, MEMBERS),
    "account/2fa/webauthn/login/": ("in 302 302 302 302", "in 302 302 302 302"),
    "account/2fa/webauthn/reauthenticate/": (MEMBERS_302, MEMBERS_302),
    "account/2fa/webauthn/keys/<int:pk>/remove/": ("in 404 404 404 404", "in 404 404 404 404"),
    "account/2fa/webauthn/keys/<int:pk>/edit/": ("in 404 404 404 404", "in 404 404 404 404"),
    "account/export/": (NOT_SO, MEMBERS),
    "account/close/": (MEMBERS, MEMBERS_422),
    "account/sessions/": SEE,
    "account/sessions/end/": (NOT_SO, MEMBERS_302),
    "account/sessions/<uuid:public_id>/end/": (NOT_SO, "in 404 404 404 404"),
    "account/email/": (MEMBERS, MEMBERS_302),
    "account/undo/<str:token>/": ("404 404 404 404 404", "404 404 404 404 404"),
    "account/login/": (STRANGERS, STRANGERS),
    "account/logout/": (MEMBERS, "in in in in in"),
    "account/inactive/": (EVERYBODY, NEVER_SO),
    "account/signup/": (STRANGERS, STRANGERS),
    "account/reauthenticate/": (MEMBERS, MEMBERS),
    "account/confirm-email/": (CODES, CODES),
    "account/password/change/": (MEMBERS, MEMBERS),
    "account/password/set/": (MEMBERS_302, MEMBERS_302),
    "account/password/reset/": (EVERYBODY, EVERYBODY),
    "account/login/code/confirm/": (MEMBERS_302, MEMBERS_302),
    "account/password/reset/key/done/": (EVERYBODY, NEVER_SO),
    r"account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": (EVERYBODY, EVERYBODY),
    "account/password/reset/done/": (EVERYBODY, NEVER_SO),
    "operators/": (OPERATORS, OPERATORS),
    "operators/login/": ("in 403 403 302 302", "in 403 403 200 200"),
    "operators/logout/": ("in 302 302 405 405", "in 302 302 in in"),
    "operators/password_change/": (OPERATORS_302, OPERATORS_302),
    "operators/password_change/done/": (OPERATORS, OPERATORS_405),
    "operators/autocomplete/": (NO_OPERATOR, OPERATORS_405),
    "operators/jsi18n/": (OPERATORS, OPERATORS_405),
    "operators/r/<path:content_type_id>/<path:object_id>/": (NOTHING, NOTHING),
    "operators/operations/": (OPERATORS, OPERATORS_405),
    "operators/strategies/stopswitch/everybody/": (OPERATORS, "in in in 403 422"),
    "operators/accounts/person/<uuid:public_id>/": (OPERATORS, "in in in 403 302"),
    "operators/connections/connection/<int:object_id>/check/": (OPERATORS_405, "in in in 403 302"),
    "operators/strategies/stopswitch/exchange/<slug:exchange>/<slug:venue>/": (OPERATORS, "in in in 403 422"),
    "operators/strategies/stopswitch/person/<uuid:public_id>/": (OPERATORS, "in in in 403 422"),
    "operators/accounts/user/<path:object_id>/change/": (OPERATORS, SUPERUSERS_302),
    r"operators/^(?P<app_label>accounts|messaging|connections|strategies)/$": (OPERATORS, OPERATORS),
    r"operators/(?P<url>.*)$": (NOTHING, NOTHING),
    "account/activity/": SEE,
    "messages/": SEE,
    "messages/read/": (NOT_SO, MEMBERS_302),
    "push-worker.js": (EVERYBODY, NEVER_SO),
    "messages/channels/": SEE,
    "messages/channels/quiet/": (NOT_SO, MEMBERS_302),
    "messages/channels/add/<slug:via>/": (MEMBERS, MEMBERS_422),
    "messages/channels/<uuid:public_id>/": (OWN, OWN_302),
    "messages/channels/<uuid:public_id>/test/": ACT,
    "messages/channels/<uuid:public_id>/remove/": ACT,
}
# Every model that operators look at has these pages; one that is registered anew needs its name here.
for _model in (
    "accounts/user",
    "accounts/auditevent",
    "accounts/outgoingmail",
    "messaging/channel",
    "messaging/delivery",
    "connections/connection",
    "connections/checkrun",
    "connections/unknownanswer",
    "strategies/bot",
    "strategies/group",
    "strategies/order",
    "strategies/fill",
    "strategies/signal",
    "strategies/journalline",
    "strategies/instrument",
    "strategies/funds",
    "strategies/stopswitch",
):
    _pages = {
        "": (OPERATORS, OPERATORS),
        "add/": (NO_OPERATOR, NO_OPERATOR),
        "<path:object_id>/": (OPERATORS_302, OPERATORS_302),
        "<path:object_id>/change/": (OPERATORS, NO_OPERATOR),
        "<path:object_id>/delete/": (NO_OPERATOR, NO_OPERATOR),
        "<path:object_id>/history/": (OPERATORS, OPERATORS),
    }
    MATRIX = {f"operators/{_model}/{page}": row for page, row in _pages.items()} | MATRIX

# Asked by machines, which have no session: the token in the address is the authority, and there is no form to forge.
TAKES_NO_FORM = {"signals/<str:token>/"}
