"""Faults of a V1 server in the upload service and in tags."""

from __future__ import annotations

from collections.abc import Iterable

from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Done, Failure, Nodes
from mocks.engine.v1.domain import Upload
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

Tags = tuple[str, ...]


class OneSegment(Fault, CloudBehaviour):
    """A location is the name of the file alone."""

    name = "v1.location-of-one-segment"
    kind = WRONG_VALUE
    breaks = {"CLOUD-UPLOAD-01": "other-location"}

    def told_location(self, location: str) -> str:
        return location.rpartition("/")[2]


class FilesNotListed(Fault, CloudBehaviour):
    """Files that were uploaded are listed nowhere."""

    name = "v1.files-not-listed"
    kind = LEFT_OUT
    breaks = {"CLOUD-UPLOAD-01": "not-listed"}

    def listed(self, uploads: Iterable[Upload]) -> list[Upload]:
        return []


class FilesStay(Fault, CloudBehaviour):
    """A file that was deleted is there still."""

    name = "v1.files-stay"
    kind = LEFT_OUT
    breaks = {"CLOUD-UPLOAD-01": "not-deleted"}

    def forget(self, call: Call, upload: Upload) -> None:
        return


class NoTokenid(Fault, CloudBehaviour):
    """uploadFile knows its token as token alone."""

    name = "v1.no-tokenid"
    kind = LEFT_OUT
    breaks = {"CLOUD-UPLOAD-02": "refused"}

    token_names = ("token",)


class TokenidAlone(Fault, CloudBehaviour):
    """uploadFile knows its token as tokenid alone: no cycle of old clients comes to its end."""

    name = "v1.tokenid-alone"
    kind = WRONG_VALUE
    breaks = {"CLOUD-UPLOAD-02": "refused"}
    collateral = ("CLOUD-UPLOAD-01",)

    def upload_token(self, call: Call) -> str:
        return call.need("tokenid") if call.method == "rustici.upload.uploadFile" else super().upload_token(call)


class AnyToken(Fault, CloudBehaviour):
    """It is not looked whether an upload token was given out."""

    name = "v1.any-token"
    kind = LEFT_OUT
    breaks = {"CLOUD-UPLOAD-03": "taken"}

    def upload_of(self, call: Call, token: str) -> Upload:
        return call.row("uploads", token) or Upload(token, call.now)


class UnknownTokenSucceeds(Fault, CloudBehaviour):
    """A file for an unknown token is thrown away, and the call succeeds."""

    name = "v1.unknown-token-succeeds"
    kind = WRONG_VALUE
    breaks = {"CLOUD-UPLOAD-03": "accepted"}

    def upload_file(self, call: Call) -> Done:
        known = call.row("uploads", self.upload_token(call)) is not None
        return super().upload_file(call) if known else (Node("success"),)


class NoProgressYet(Fault, CloudBehaviour):
    """Before the upload getUploadProgress fails, since there is no progress to tell."""

    name = "v1.no-progress-yet"
    kind = LEFT_OUT
    breaks = {"CLOUD-UPLOAD-04": "not-empty"}

    def get_upload_progress(self, call: Call) -> Nodes:
        (node,) = super().get_upload_progress(call)
        if node.name == "empty":
            raise Failure(1, "No progress")
        return (node,)


class ZeroRead(Fault, CloudBehaviour):
    """After the upload getUploadProgress still says that nothing was read."""

    name = "v1.zero-read"
    kind = WRONG_VALUE
    breaks = {"CLOUD-UPLOAD-04": "no-bytes_read"}

    def get_upload_progress(self, call: Call) -> Nodes:
        (node,) = super().get_upload_progress(call)
        children = [Node(child.name, text=0 if child.name == "bytes_read" else child.text) for child in node.children]
        return (Node(node.name, None, *children),)


class DeletedToldApart(Fault, CloudBehaviour):
    """deleteFiles says deleted=false of a file that was not there."""

    name = "v1.deleted-told-apart"
    kind = WRONG_VALUE
    breaks = {"CLOUD-UPLOAD-05": "told-apart"}

    def deleted_word(self, existed: bool) -> str:
        return "true" if existed else "false"


class TagTwice(Fault, CloudBehaviour):
    """A tag that is there is added once more."""

    name = "v1.tag-twice"
    kind = LEFT_OUT
    breaks = {"CLOUD-TAG-01": "twice"}

    def tags_with(self, old: Tags, tag: str) -> Tags:
        return (*old, tag)


class NoTagToRemove(Fault, CloudBehaviour):
    """To remove a tag that is not there fails."""

    name = "v1.no-tag-to-remove"
    kind = WRONG_VALUE
    breaks = {"CLOUD-TAG-01": "refused"}

    def tags_without(self, old: Tags, tag: str) -> Tags:
        if tag not in old:
            raise Failure(1, "There is no such tag")
        return super().tags_without(old, tag)


class SetAdds(Fault, CloudBehaviour):
    """Tags that are set come to those that are there."""

    name = "v1.set-adds"
    kind = WRONG_VALUE
    breaks = {"CLOUD-TAG-02": "kept"}

    def tags_set(self, old: Tags, given: Tags) -> Tags:
        return (*old, *given)


class SetOnce(Fault, CloudBehaviour):
    """An object that has tags is left as it is."""

    name = "v1.set-once"
    kind = LEFT_OUT
    breaks = {"CLOUD-TAG-02": "not-set"}

    def tags_set(self, old: Tags, given: Tags) -> Tags:
        return old or given
