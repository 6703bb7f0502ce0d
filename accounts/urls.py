from django.urls import include, path

from accounts import views
from accounts.fresh import resume

urlpatterns = [
    path("", views.page, name="account_page"),
    path("undo/<str:token>/", views.undo, name="account_undo"),
    path("go-on/<str:token>/", resume.go_on, name="account_go_on"),
    path("logout/", views.sign_out, name="account_logout"),
    path("", include("allauth.account.urls")),
]
