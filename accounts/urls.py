from django.urls import include, path

from accounts import views
from accounts.fresh import resume

urlpatterns = [
    path("", views.page, name="account_page"),
    path("undo/<str:token>/", views.undo, name="account_undo"),
    path("go-on/<str:token>/", resume.go_on, name="account_go_on"),
    path("sessions/", views.session_list, name="account_sessions"),
    path("sessions/end/", views.end_other_sessions, name="account_end_sessions"),
    path("sessions/<uuid:public_id>/end/", views.end_session, name="account_end_session"),
    path("logout/", views.sign_out, name="account_logout"),
    path("", include("allauth.account.urls")),
]
