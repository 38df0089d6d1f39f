"""The upload service of old clients: token, file, list, delete (observed in client libraries)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.wire.cloud_v1 import NO_ARGUMENT, write_ts
from harness.wire.cloud_v1_answer import Node, clean
from mocks.engine.v1.call import Call, Done, Failure, Later, Nodes
from mocks.engine.v1.domain import Upload

NAME_LIMIT = 200


class Uploads:
    """What the upload service does; faults override single methods or attributes."""

    token_names: tuple[str, ...] = ("token", "tokenid")

    def get_upload_token(self, call: Call) -> Nodes:
        """Give out a token, and the host that the file is to be sent to: the one that was asked (assumed)."""
        upload = Upload(call.new_id("upload"), call.now)
        call.put("uploads", upload.token, upload)
        server = call.base.partition("://")[2]
        return (Node("token", None, Node("server", text=server), Node("id", text=upload.token)),)

    def upload_file(self, call: Call) -> Done:
        """Take a file for a token and answer its location; what it holds is not looked at (observed: LIB-PERL)."""
        upload = self.upload_of(call, self.upload_token(call))
        self.redirect_target(call.get("redirecturl"))  # type: ignore[attr-defined]
        part = self.file_part(call)  # type: ignore[attr-defined]
        if part is None:
            raise Failure(NO_ARGUMENT, "No file was posted")
        location = self.location_of(call, call.get("pd") or "default", part.basename)
        package = self.kept(call, part)  # type: ignore[attr-defined]
        call.put("uploads", upload.token, replace(upload, location=location, package=package, size=part.size))
        told = self.told_location(location)
        return self.form_answer(call, (Node("location", text=told),), (("location", told),))  # type: ignore[attr-defined,no-any-return]

    def upload_token(self, call: Call) -> str:
        """Return the token of a call, under either name (observed: LIB-PY and LIB-NTI say tokenid)."""
        token = next((call.get(name) for name in self.token_names if call.get(name)), "")
        return token or call.need(self.token_names[0])

    def upload_of(self, call: Call, token: str) -> Upload:
        """Return what a token stands for; 1 when it was not given out (that it fails: observed; code: assumed)."""
        upload: Upload | None = call.row("uploads", token)
        if upload is None:
            raise Failure(1, f"Could not find upload token [{token}] associated with appid [{call.app.id}]")
        return upload

    def location_of(self, call: Call, domain: str, filename: str) -> str:
        """Return a location of two segments that no other file has (observed: LIB-PHP and LIB-RUBY split it)."""
        segments = (clean(text).replace("/", "_").strip()[-NAME_LIMIT:] for text in (domain, filename))
        domain, name = (segment or fallback for segment, fallback in zip(segments, ("default", "file"), strict=True))
        taken = {upload.location for upload in call.rows("uploads")}
        stem, suffix = Path(name).stem, Path(name).suffix
        number = 1
        while f"{domain}/{name}" in taken:
            number += 1
            name = f"{stem}-{number}{suffix}"
        return f"{domain}/{name}"

    def told_location(self, location: str) -> str:
        """Return the location as it is told."""
        return location

    def get_upload_progress(self, call: Call) -> Nodes:
        """Tell nothing before the upload, and four values after it (observed: LIB-PERL)."""
        upload = self.upload_of(call, self.upload_token(call))
        if not upload.location:
            return (Node("empty"),)
        values: dict[str, Any] = {
            "upload_id": upload.token, "percent_complete": 100, "bytes_read": upload.size,
            "content_length": upload.size,
        }  # fmt: skip
        return (Node("upload_progress", None, *[Node(name, text=value) for name, value in values.items()]),)

    def list_files(self, call: Call) -> Nodes:
        """List the files of a domain."""
        domain = call.get("pd") or "default"
        files = [
            Node("file", {"name": upload.location.partition("/")[2], "size": upload.size,
                          "modified": write_ts(upload.created)})
            for upload in self.listed(call.rows("uploads"))
            if upload.location.partition("/")[0] == domain
        ]  # fmt: skip
        return (Node("dir", {"name": domain}, *files),)

    def listed(self, uploads: Iterable[Upload]) -> list[Upload]:
        """Return the uploads whose file has come."""
        return [upload for upload in uploads if upload.location]

    def delete_files(self, call: Call) -> Done:
        """Delete files by name, or by location; one that is not there counts as deleted (observed: LIB-RUBY)."""
        domain, names = call.get("pd") or "default", call.all("file")
        if not any(names):
            call.need("file")
        by_location = {upload.location: upload for upload in call.rows("uploads") if upload.location}
        results, paths = [], []
        for name in dict.fromkeys(names):
            upload = by_location.get(f"{domain}/{name}") or by_location.get(name)
            if upload:
                self.forget(call, upload)
                paths.append(Path(call.engine.folder, upload.package))
            results.append(Node("result", {"file": name, "deleted": self.deleted_word(upload is not None)}))

        async def clear() -> Nodes:
            for path in paths:
                path.unlink(missing_ok=True)
            return (Node("results", None, *results),)

        return Later(clear)

    def forget(self, call: Call, upload: Upload) -> None:
        """Keep no file of a token any longer."""
        call.put("uploads", upload.token, replace(upload, location="", package="", size=0))

    def deleted_word(self, existed: bool) -> str:
        """Return what is told of a file that was to be deleted (observed: LIB-RUBY api_bugs)."""
        return "true"
