"""Addresses of studio, works and their files."""

from django.urls import path

from .models import Kind
from .views import exhibit_files, export, media, opinions, previews, publishing, showcase, studio, works

app_name = "gallery"
urlpatterns = [
    path("studio/", studio.studio, name="studio"),
    path("studio/queue/<slug:ticket>/", studio.queue, name="queue"),
    path("studio/sample/", studio.sample, name="sample"),
    path("styles/sample.webp", previews.sample, name="sample_preview"),
    path("styles/sample/<slug:name>.webp", previews.sample, name="sample_preview"),
    path("styles/<slug:style_id>.webp", previews.style, name="style_preview"),
    path("styles/<slug:style_id>/<slug:name>.webp", previews.style, name="style_preview"),
    path("works/", works.index, name="works"),
    path("works/selection/", works.selection, name="selection"),
    path("works/<uuid:work_id>/", works.detail, name="work"),
    path("works/<uuid:work_id>/again/", studio.again, name="again"),
    path("works/<uuid:work_id>/delete/", works.delete, name="delete"),
    path("works/<uuid:work_id>/result/", media.result, name="result"),
    path("works/<uuid:work_id>/thumbnail/", media.thumbnail, name="thumbnail"),
    path("works/<uuid:work_id>/download/<str:kind>/", media.download, name="download"),
    path("works/<uuid:work_id>/download/<str:kind>/<int:side>/", media.download, name="download"),
    path("works/<uuid:work_id>/before/", media.before, name="before"),
    path("works/<uuid:work_id>/faces/", studio.find_faces, name="find_faces"),
    path("works/<uuid:work_id>/publish/", publishing.publish, name="publish"),
    path("works/<uuid:work_id>/withdraw/", publishing.withdraw, name="withdraw"),
    path("account/export/", export.export, name="export"),
    path("photos/<uuid:photo_id>/preview/", media.photo_preview, name="photo_preview"),
    path("photos/<uuid:photo_id>/original/", media.photo_original, name="photo_original"),
    path("gallery/", showcase.index, name="showcase"),
    path("gallery/faces/", showcase.index, {"kind": Kind.FACE}, name="faces"),
    path("gallery/scenery/", showcase.index, {"kind": Kind.SCENERY}, name="scenery"),
    path("gallery/<uuid:work_id>/", showcase.exhibit, name="exhibit"),
    path("gallery/<uuid:work_id>/<int:width>.webp", exhibit_files.rendition, name="rendition"),
    path("gallery/<uuid:work_id>/card.jpg", exhibit_files.card, name="card"),
    path("gallery/<uuid:work_id>/full/", exhibit_files.full, name="full"),
    path("gallery/<uuid:work_id>/photo/", exhibit_files.photo, name="exhibit_photo"),
    path("gallery/<uuid:work_id>/download/", exhibit_files.download, name="exhibit_download"),
    path("gallery/<uuid:work_id>/like/", opinions.like, name="like"),
    path("gallery/<uuid:work_id>/report/", opinions.report, name="report"),
]
