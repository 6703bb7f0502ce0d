from allauth.account import views as allauth_views
from django.urls import include, path

from accounts import views
from accounts.sudo import fresh_sign_in_required

urlpatterns = [
    path("", views.page, name="account_page"),
    # Before allauth's own: another e-mail address could reset the password later.
    path("email/", fresh_sign_in_required(allauth_views.email), name="account_email"),
    path("undo/<str:token>/", views.undo, name="account_undo"),
    path("logout/", views.sign_out, name="account_logout"),
    path("", include("allauth.account.urls")),
]
