import pytest
from django.db import IntegrityError

from accounts.models import User, make_username_key

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
