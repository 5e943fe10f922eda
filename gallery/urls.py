"""Addresses of studio, works and their files."""

from django.urls import path

from .views import media, previews, studio, works

app_name = "gallery"
urlpatterns = [
    path("studio/", studio.studio, name="studio"),
    path("studio/sample/", studio.sample, name="sample"),
    path("styles/sample.webp", previews.sample, name="sample_preview"),
    path("styles/<slug:style_id>.webp", previews.style, name="style_preview"),
    path("works/", works.index, name="works"),
    path("works/selection/", works.selection, name="selection"),
    path("works/<uuid:work_id>/", works.detail, name="work"),
    path("works/<uuid:work_id>/again/", studio.again, name="again"),
    path("works/<uuid:work_id>/delete/", works.delete, name="delete"),
    path("works/<uuid:work_id>/result/", media.result, name="result"),
    path("works/<uuid:work_id>/thumbnail/", media.thumbnail, name="thumbnail"),
    path("works/<uuid:work_id>/download/<str:kind>/", media.download, name="download"),
    path("photos/<uuid:photo_id>/preview/", media.photo_preview, name="photo_preview"),
    path("photos/<uuid:photo_id>/original/", media.photo_original, name="photo_original"),
]
