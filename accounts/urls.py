from django.urls import path

from accounts.views import language, password, profile, session, signup

app_name = "accounts"

urlpatterns = [
    path("login/", session.Login.as_view(), name="login"),
    path("logout/", session.Logout.as_view(), name="logout"),
    path("signup/", signup.SignUp.as_view(), name="signup"),
    path("profile/", profile.Profile.as_view(), name="profile"),
    path("delete/", profile.DeleteAccount.as_view(), name="delete"),
    path("language/", language.choose, name="language"),
    path("password/", password.Change.as_view(), name="password_change"),
    path("password/reset/", password.Reset.as_view(), name="password_reset"),
    path("password/reset/done/", password.ResetDone.as_view(), name="password_reset_done"),
    path("password/reset/<uidb64>/<token>/", password.ResetConfirm.as_view(), name="password_reset_confirm"),
    path("password/reset/complete/", password.ResetComplete.as_view(), name="password_reset_complete"),
]
