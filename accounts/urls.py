from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path

from accounts import passwords, views
from accounts.fresh import by_mail, resume
from accounts.person import passkeys

urlpatterns = [
    path("", views.page, name="account_page"),
    path("undo/<str:token>/", views.undo, name="account_undo"),
    path("go-on/<str:token>/", resume.go_on, name="account_go_on"),
    path("confirm/mail/", by_mail.ConfirmByMail.as_view(), name="account_confirm_by_mail"),
    path("export/", views.export, name="account_export"),
    path("close/", views.close, name="account_close"),
    path("sessions/", views.session_list, name="account_sessions"),
    path("sessions/end/", views.end_other_sessions, name="account_end_sessions"),
    path("sessions/<uuid:public_id>/end/", views.end_session, name="account_end_session"),
    path("logout/", views.sign_out, name="account_logout"),
    # allauth's own asks for a sign-in first, which this is.
    path("2fa/webauthn/login/", login_not_required(passkeys.SignInByPasskey.as_view()), name="mfa_login_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", views.remove_passkey, name="mfa_remove_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
    path("signup/", passwords.SignUp.as_view(), name="account_signup"),
    path("password/change/", passwords.ChangePassword.as_view(), name="account_change_password"),
    path("password/set/", passwords.SetPassword.as_view(), name="account_set_password"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        passwords.ResetPassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path("email/", views.addresses, name="account_email"),
    path("", include("allauth.account.urls")),
]
