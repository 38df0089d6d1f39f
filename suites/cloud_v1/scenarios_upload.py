"""How a V1 server is given files by the upload service of old clients."""

from __future__ import annotations

from harness.judging.suite import scenario
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Called, Story

FOUR_BYTES = b"text"


async def _token(cloud: Calling, step: str = "token") -> str:
    return (await cloud.call("upload.getUploadToken", step=step)).rsp.text("token/id") or "-"


async def _upload(cloud: Calling, name: str, token: str, *, step: str) -> Called:
    filename = f"{cloud.token}.txt"
    kind = "text/plain"
    return await cloud.upload("upload.uploadFile", {name: token}, FOUR_BYTES, step=step, filename=filename,
                              content_type=kind)  # fmt: skip


async def _delete(cloud: Calling, uploaded: Called, *, step: str = "delete") -> None:
    name = (uploaded.rsp.text("location") or "-").rpartition("/")[2]
    await cloud.call("upload.deleteFiles", step=step, file=name)


@scenario(packages=0)
async def uploaded(cloud: Calling) -> Story:
    """A file from token to deletion: progress before and after, the list with it and without it."""
    await cloud.call("debug.authPing", step="twin")
    token = await _token(cloud)
    await cloud.call("upload.getUploadProgress", step="before", token=token)
    sent = await _upload(cloud, "token", token, step="upload")
    await cloud.call("upload.getUploadProgress", step="after", token=token)
    await cloud.call("upload.listFiles", step="listed")
    await _delete(cloud, sent)
    await cloud.call("upload.listFiles", step="left")
    return cloud.story()


@scenario(packages=0)
async def uploaded_by_tokenid(cloud: Calling) -> Story:
    """A file that is uploaded with the token under the name tokenid, and deleted."""
    sent = await _upload(cloud, "tokenid", await _token(cloud), step="upload")
    await _delete(cloud, sent)
    return cloud.story()


@scenario(packages=0)
async def uploaded_without_right(cloud: Calling) -> Story:
    """A file that is uploaded with a token which nobody has given out."""
    sent = await _upload(cloud, "token", cloud.own("no-token"), step="upload")
    if sent.is_ok:
        await _delete(cloud, sent)
    return cloud.story()


@scenario(packages=0)
async def deleted_unknown_file(cloud: Calling) -> Story:
    """Delete a file that is not there."""
    await cloud.call("upload.deleteFiles", step="delete", file=f"{cloud.token}-never.zip")
    return cloud.story()
