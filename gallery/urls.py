"""The URLs of photos, works, videos, the gallery, comparisons of styles, and all their files."""

from django.urls import path

from gallery.comparisons.views import studies, votes
from gallery.models import ExhibitKind
from gallery.photos.views import files as photo_files
from gallery.photos.views import previews, studio, works
from gallery.showcase.views import files as exhibit_files
from gallery.showcase.views import gallery, publishing, reactions
from gallery.storage import views as storage
from gallery.videos.views import files as video_files
from gallery.videos.views import uploads as video_uploads
from gallery.videos.views import videos

app_name = "gallery"
urlpatterns = [
    path("studio/", studio.studio, name="studio"),
    path("studio/queue/<slug:ticket>/", studio.queue_position, name="queue"),
    path("studio/sample/", studio.convert_sample, name="sample"),
    path("styles/sample.webp", previews.sample_preview, name="sample_preview"),
    path("styles/sample/<slug:name>.webp", previews.sample_preview, name="sample_preview"),
    path("styles/<slug:style_id>.webp", previews.style_preview, name="style_preview"),
    path("styles/<slug:style_id>/<slug:name>.webp", previews.style_preview, name="style_preview"),
    path("works/", works.work_list, name="works"),
    path("works/videos/", works.video_work_list, name="work_videos"),
    path("works/selection/", works.act_on_selection, name="selection"),
    path("works/<uuid:work_id>/", works.work_detail, name="work"),
    path("works/<uuid:work_id>/again/", studio.convert_again, name="again"),
    path("works/<uuid:work_id>/delete/", works.delete_work, name="delete"),
    path("works/<uuid:work_id>/result/", photo_files.result, name="result"),
    path("works/<uuid:work_id>/thumbnail/", photo_files.thumbnail, name="thumbnail"),
    path("works/<uuid:work_id>/download/<str:kind>/", photo_files.download, name="download"),
    path("works/<uuid:work_id>/download/<str:kind>/<int:side>/", photo_files.download, name="download"),
    path("works/<uuid:work_id>/before/", photo_files.before, name="before"),
    path("works/<uuid:work_id>/faces/", studio.find_faces, name="find_faces"),
    path("works/<uuid:work_id>/publish/", publishing.publish_work, name="publish"),
    path("works/<uuid:work_id>/withdraw/", publishing.withdraw_work, name="withdraw"),
    path("videos/", videos.video_list, name="videos"),
    path("videos/uploads/", video_uploads.begin_upload, name="video_uploads"),
    path("videos/uploads/<uuid:upload_id>/", video_uploads.continue_upload, name="video_upload"),
    path("videos/uploads/<uuid:upload_id>/delete/", video_uploads.discard_upload, name="video_upload_delete"),
    path("videos/<uuid:video_id>/", videos.video_detail, name="video"),
    path("videos/<uuid:video_id>/convert/", videos.convert_video, name="video_convert"),
    path("videos/<uuid:video_id>/delete/", videos.delete_video, name="video_delete"),
    path("videos/<uuid:video_id>/poster/", video_files.video_poster, name="video_poster"),
    path("videos/<uuid:video_id>/file/", video_files.video_file, name="video_file"),
    path("videos/<uuid:video_id>/original/", video_files.video_original, name="video_original"),
    path("videos/jobs/<uuid:job_id>/", videos.job_detail, name="video_job"),
    path("videos/jobs/<uuid:job_id>/cancel/", videos.cancel_job, name="video_job_cancel"),
    path("videos/jobs/<uuid:job_id>/retry/", videos.retry_job, name="video_job_retry"),
    path("videos/jobs/<uuid:job_id>/delete/", videos.delete_job, name="video_job_delete"),
    path("videos/jobs/<uuid:job_id>/preview/", video_files.job_preview, name="video_preview"),
    path("videos/jobs/<uuid:job_id>/result/", video_files.job_result, name="video_result"),
    path("videos/jobs/<uuid:job_id>/poster/", video_files.job_poster, name="video_result_poster"),
    path("videos/jobs/<uuid:job_id>/download/", video_files.download_result, name="video_download"),
    path("videos/jobs/<uuid:job_id>/publish/", publishing.publish_video, name="publish_video"),
    path("videos/jobs/<uuid:job_id>/withdraw/", publishing.withdraw_video, name="withdraw_video"),
    path("account/export/", storage.export_data, name="export"),
    path("photos/<uuid:photo_id>/preview/", photo_files.photo_preview, name="photo_preview"),
    path("photos/<uuid:photo_id>/original/", photo_files.photo_original, name="photo_original"),
    path("gallery/", gallery.exhibit_list, name="showcase"),
    path("gallery/faces/", gallery.exhibit_list, {"kind": ExhibitKind.FACE}, name="faces"),
    path("gallery/scenery/", gallery.exhibit_list, {"kind": ExhibitKind.SCENERY}, name="scenery"),
    path("gallery/<uuid:work_id>/", gallery.exhibit_detail, name="exhibit"),
    path("gallery/<uuid:work_id>/<int:width>.webp", exhibit_files.rendition, name="rendition"),
    path("gallery/<uuid:work_id>/card.jpg", exhibit_files.link_card, name="card"),
    path("gallery/<uuid:work_id>/video.mp4", exhibit_files.exhibit_video, name="exhibit_video"),
    path("gallery/<uuid:work_id>/full/", exhibit_files.full_size, name="full"),
    path("gallery/<uuid:work_id>/photo/", exhibit_files.exhibit_photo, name="exhibit_photo"),
    path("gallery/<uuid:work_id>/download/", exhibit_files.download_exhibit, name="exhibit_download"),
    path("gallery/<uuid:work_id>/like/", reactions.like_exhibit, name="like"),
    path("gallery/<uuid:work_id>/report/", reactions.report_exhibit, name="report"),
    path("compare/", studies.study_list, name="studies"),
    path("compare/new/", studies.create_study, name="study_new"),
    path("compare/<uuid:study_id>/", studies.study_detail, name="study"),
    path("compare/<uuid:study_id>/prepare/", studies.prepare_study, name="study_prepare"),
    path("compare/<uuid:study_id>/open/", studies.set_study_open, name="study_open"),
    path("compare/<uuid:study_id>/invitation/", studies.renew_invitation, name="study_invitation"),
    path("compare/<uuid:study_id>/delete/", studies.delete_study, name="study_delete"),
    path("compare/<uuid:study_id>/table.csv", studies.download_table, name="study_table"),
    path("compare/<uuid:study_id>/votes.csv", studies.download_votes, name="study_votes"),
    path("compare/<uuid:study_id>/vote/", votes.vote, name="study_vote"),
    path("compare/<uuid:study_id>/photos/<uuid:photo_id>/", votes.study_photo, name="study_photo"),
    path("compare/<uuid:study_id>/results/<uuid:result_id>/", votes.study_result, name="study_result"),
    path("compare/invited/<str:token>/", votes.vote_invited, name="study_invited"),
    path("compare/invited/<str:token>/photos/<uuid:photo_id>/", votes.invited_photo, name="study_invited_photo"),
    path("compare/invited/<str:token>/results/<uuid:result_id>/", votes.invited_result, name="study_invited_result"),
]
