from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("signup/", views.SignUp.as_view(), name="signup"),
    path("profile/", views.Profile.as_view(), name="profile"),
    path("delete/", views.DeleteAccount.as_view(), name="delete"),
    path("language/", views.choose_language, name="language"),
    path("email/", views.resend_email_link, name="resend_email_link"),
    path("email/<str:token>/", views.VerifyEmail.as_view(), name="verify_email"),
    path("password/", views.ChangePassword.as_view(), name="password_change"),
    path("password/reset/", views.ResetPassword.as_view(), name="password_reset"),
    path("password/reset/done/", views.ResetPasswordDone.as_view(), name="password_reset_done"),
    path("password/reset/<uidb64>/<token>/", views.ResetPasswordConfirm.as_view(), name="password_reset_confirm"),
    path("password/reset/complete/", views.ResetPasswordComplete.as_view(), name="password_reset_complete"),
]
