import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from accounts.models import User
from accounts.usernames import make_username_key, make_username_skeleton
from tests.accounts.browsing import log_in, sign_up, text
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.mariadb]


@pytest.mark.parametrize(
    ("name", "same"), [("Mia", "mIA"), ("Straße", "STRASSE"), ("ＭＩＡ", "mia"), ("Ömer", "ömer"), ("ΣΑΣ", "σας")]
)
def test_names_that_look_the_same_have_one_key(name: str, same: str) -> None:
    assert make_username_key(name) == make_username_key(same)


def test_a_name_is_shown_as_it_was_typed(owner: User) -> None:
    owner.refresh_from_db()
    assert (str(owner), owner.username_key) == ("Mia", "mia")


def test_the_longest_name_fits_even_where_folding_makes_it_longer() -> None:
    user = User.objects.create_user("ΐ" * 60, "greek@example.com")
    assert len(user.username_key) == User._meta.get_field("username_key").max_length
    assert User.objects.find_by_login("ΐ" * 60) == user


def test_a_new_name_takes_its_key_along_even_where_only_the_name_is_saved(owner: User) -> None:
    owner.username = "Amelie"
    owner.save(update_fields=["username"])
    assert User.objects.find_by_login("AMELIE") == owner
    assert User.objects.find_by_login("Mia") is None


def test_an_e_mail_address_belongs_to_one_person_in_any_case(owner: User) -> None:
    with pytest.raises(IntegrityError):
        User.objects.create_user("Lena", "MIA@EXAMPLE.COM")


def test_people_are_found_by_natural_key_in_any_case(owner: User) -> None:
    assert User.objects.get_by_natural_key("MIA") == owner
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key("mia@example.com")


# --- Names that look alike ---


@pytest.mark.parametrize(
    ("name", "similar"),
    [
        *(("Mia", "mıa"), ("Mia", "Міа"), ("Mia", "Rnia"), ("pay", "рау"), ("lena", "Iena"), ("user1", "userl")),
        *(
            ("ROSA", "R0SA"),
            ("scope", "ѕсоре"),
            ("Ömer", "Ӧmer"),
            ("口口", "囗囗"),
            ("モニカ", "モ二力"),
            ("Mia", "ｍıａ"),
        ),
    ],
)
def test_names_that_look_alike_have_one_skeleton(name: str, similar: str) -> None:
    assert make_username_key(name) != make_username_key(similar)
    assert make_username_skeleton(name) == make_username_skeleton(similar)


@pytest.mark.parametrize(("name", "different"), [("Mia", "Mila"), ("Ömer", "Omer"), ("小林", "小森"), ("lena", "lina")])
def test_names_that_look_different_have_two(name: str, different: str) -> None:
    assert make_username_skeleton(name) != make_username_skeleton(different)


@pytest.mark.parametrize(
    "name", ["Міа", "ΜΙΑ2", "小林mia88", "ミアmia", "みあミア林x", "민아abc", "ㄇㄧㄚmia", "สมชาย", "מיה"]
)
def test_scripts_that_are_written_together_are_welcome(name: str) -> None:
    User(username=name, email="new@example.com", password="x").full_clean()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *(("mіa", "mixed_scripts"), ("Miα", "mixed_scripts"), ("小Мия", "mixed_scripts"), ("mia3٣", "mixed_scripts")),
        *(
            ("Mi\u3164a", "invisible"),
            ("\u115f", "invisible"),
            ("\uffa0\uffa0", "invisible"),
            ("\u1160mia", "invisible"),
        ),
        *(("Mi\u200ba", "invalid"), ("\u202eaiM", "invalid"), ("Mia\ufe0f", "invalid"), ("Mi\u00ada", "invalid")),
        *(("Mıa", "unique"), ("ＭＩＡ", "unique"), ("Міа", "unique"), ("rnia", "unique")),
    ],
)
def test_a_new_name_that_can_be_taken_for_another_is_refused(owner: User, name: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        User(username=name, email="new@example.com", password="x").full_clean()
    assert code in [error.code for error in caught.value.error_dict["username"]]


def test_signing_up_says_that_a_name_looks_like_another(anonymous: Client, owner: User) -> None:
    assert "This username looks too much like one that is taken." in text(sign_up(anonymous, username="mıa"))
    assert "invisible characters" in text(sign_up(anonymous, username="Len\u3164a"))
    assert sign_up(anonymous, username="小林mia88").status_code == 302


def test_how_often_somebody_is_told_that_a_name_is_taken_is_limited(anonymous: Client, owner: User) -> None:
    answers = [sign_up(anonymous, username=name).status_code for name in ["Mia", "mıa"] * 16]
    assert answers == [200] * 30 + [429] * 2


def test_names_of_before_keep_working(owner: User, admin_client: Client) -> None:
    twin = User.objects.create_user("mіa\u3164", "twin@example.com", PASSWORD)  # saved without the checks of a form
    assert User.objects.get_by_natural_key("mіa\u3164") == twin
    data = {"username": twin.username, "email": "twin@example.com", "is_active": "on", "first_name": "Still"}
    assert admin_client.post(f"/admin/accounts/user/{twin.pk}/change/", data).status_code == 302
    twin.refresh_from_db()
    assert twin.first_name == "Still"
    assert log_in(Client(), "twin@example.com").status_code == 302
