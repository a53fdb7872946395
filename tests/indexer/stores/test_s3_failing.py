"""An object store whose server is busy, denies, lies, breaks off or keeps silent."""

import pytest

from domain.clip import StoredFile
from domain.errors import StoreUnavailable
from domain.media import ProblemCode
from indexer.containers import probe_file
from indexer.stores import s3_client
from indexer.stores.base import StoreSettings
from indexer.stores.s3 import ObjectStore
from tests.contracts.store_contract import MODIFIED
from tests.indexer.stores.test_s3 import listed
from tests.spoken import in_both_languages
from tests.stubborn import Stubborn

pytestmark = pytest.mark.slow


class TestASlowOrFailingServer:
    """What a server answers when it is not well is tried again, and then told as what it is."""

    def store(self, server: Stubborn) -> ObjectStore:
        return ObjectStore(StoreSettings("dock", "s3://evidence", endpoint=server.address))

    @pytest.mark.parametrize(
        ("status", "code"), [(503, "SlowDown"), (500, "InternalError"), (503, "ServiceUnavailable")]
    )
    def test_is_asked_again_when_it_is_busy(self, stubborn: Stubborn, status: int, code: str) -> None:
        stubborn.answers = [(status, stubborn.error(code)), (200, stubborn.listing("a.mp4"))]
        assert list(listed(self.store(stubborn))) == ["a.mp4"]
        assert len(stubborn.asked) == 2

    def test_makes_the_store_unavailable_when_it_stays_so(self, stubborn: Stubborn) -> None:
        stubborn.answers = [(503, stubborn.error("SlowDown"))] * 9
        with pytest.raises(StoreUnavailable, match="the server asks for fewer requests"):
            list(self.store(stubborn).walk())
        assert len(stubborn.asked) == 2

    @pytest.mark.parametrize(
        ("status", "code"), [(403, "AccessDenied"), (403, "InvalidAccessKeyId"), (403, "RequestTimeTooSkewed")]
    )
    def test_that_refuses_to_list_makes_the_store_unavailable(self, stubborn: Stubborn, status: int, code: str) -> None:
        stubborn.answers = [(status, stubborn.error(code))] * 9
        with pytest.raises(StoreUnavailable, match=code):
            list(self.store(stubborn).walk())

    def test_that_breaks_off_in_the_middle_of_a_listing_has_not_shown_less(self, stubborn: Stubborn) -> None:
        """A half listing must not be taken for a whole one, or files would count as missing."""
        first = stubborn.listing("a.mp4", following="more")
        stubborn.answers = [(200, first), *[(500, stubborn.error("InternalError"))] * 9]
        with pytest.raises(StoreUnavailable, match="InternalError"):
            list(self.store(stubborn).walk())

    @pytest.mark.parametrize(
        "page", [b"<html>sign in to the network</html>", b"", b"sign in", b"<ListBucketResult><Contents><Key>a.mp4"]
    )
    def test_that_answers_with_no_listing_at_all_is_unavailable(self, stubborn: Stubborn, page: bytes) -> None:
        stubborn.answers = [(200, page)] * 9
        with pytest.raises(StoreUnavailable):
            list(self.store(stubborn).walk())

    @pytest.mark.parametrize(
        "entry",
        [
            b"<Key>a</Key><Size>1</Size><LastModified>never</LastModified>",
            b"<Key>a</Key>",
            b"<Size>1</Size><LastModified>2024-01-15T06:30:25Z</LastModified>",
            b"<Key>a</Key><Size>x</Size><LastModified>2024-01-15T06:30:25Z</LastModified>",
        ],
    )
    def test_that_lists_what_is_no_object_is_unavailable(self, stubborn: Stubborn, entry: bytes) -> None:
        page = b"<ListBucketResult><IsTruncated>false</IsTruncated><Contents>%b</Contents></ListBucketResult>" % entry
        stubborn.answers = [(200, page)] * 9
        with pytest.raises(StoreUnavailable):
            list(self.store(stubborn).walk())

    @pytest.mark.parametrize("second", ["a.mp4", "0.mp4"])
    def test_that_lists_in_circles_or_backwards_is_unavailable_and_not_asked_for_ever(
        self, stubborn: Stubborn, second: str
    ) -> None:
        pages = [stubborn.listing("a.mp4", following="1"), stubborn.listing(second, following="2")]
        stubborn.answers = [(200, page) for page in pages * 20]
        with pytest.raises(StoreUnavailable, match="lists objects out of order"):
            list(self.store(stubborn).walk())
        assert len(stubborn.asked) == 2

    def test_that_is_no_address_or_wants_another_server_is_unavailable(self, stubborn: Stubborn) -> None:
        stubborn.answers = [(307, b"", {"Location": "http://127.0.0.1:1/elsewhere"})] * 9
        tls = stubborn.address.replace("http", "https")
        for endpoint, ca_file in ((stubborn.address, None), ("http://a..b", None), (tls, None), (tls, "/no/such.pem")):
            store = ObjectStore(StoreSettings("dock", "s3://evidence", endpoint=endpoint, ca_file=ca_file))
            with pytest.raises(StoreUnavailable) as told:
                list(store.walk())
            assert in_both_languages(str(told.value))

    def test_that_denies_one_object_has_one_file_that_cannot_be_read(self, stubborn: Stubborn) -> None:
        store = self.store(stubborn)
        stubborn.answers = [(403, stubborn.error("AccessDenied")), (200, stubborn.listing("a.mp4"))]
        probe = probe_file(store, StoredFile("dock", "a.mp4", 1, MODIFIED))
        assert [problem.code for problem in probe.problems] == [ProblemCode.READ_ERROR]
        assert "access is denied" in probe.problems[0].detail

    def test_says_of_an_archived_object_that_it_must_be_restored(self, stubborn: Stubborn) -> None:
        stubborn.answers = [(403, stubborn.error("InvalidObjectState"))]
        with pytest.raises(OSError, match="is archived and must be restored first"):
            self.store(stubborn).open("a.mp4")

    def test_that_sends_the_whole_for_a_range_is_not_believed(self, stubborn: Stubborn) -> None:
        stubborn.answers = [(200, b"x" * 50)] * 9
        with pytest.raises(OSError, match="did not answer with the range"):
            self.store(stubborn).open("a.mp4")

    def test_whose_line_breaks_inside_a_body_is_asked_again_and_then_it_is_an_error(self, stubborn: Stubborn) -> None:
        stubborn.answers = [(206, b"x" * 10, {"Content-Range": "bytes 0-99/100", "Content-Length": "100"})] * 9
        with pytest.raises((OSError, StoreUnavailable)):
            self.store(stubborn).open("a.mp4")
        assert len(stubborn.asked) == 2

    def test_that_says_nothing_is_given_up_on(self, stubborn: Stubborn, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(s3_client, "PATIENCE", s3_client.Patience(1.0, 0.3, 1))
        monkeypatch.setattr(s3_client, "_clients", {})
        stubborn.silent = True
        with pytest.raises(StoreUnavailable, match="took too long to answer"):
            list(self.store(stubborn).walk())
