"""Files that appear as a whole or not at all, on whatever disk and under whatever name."""

from speechgen.files.atomic import (
    atomic_folder,
    atomic_path,
    check_absent,
    check_writable,
    missing_folders,
    put_in_place,
    remove_empty,
)
from speechgen.files.disk import (
    file_sha256,
    name_fits,
    open_to_readers,
    refusal,
    size_and_time,
    sync_file,
    sync_folder,
    synced_together,
    why_refused,
)
from speechgen.files.scratch import scratch_folder
from speechgen.files.streams import is_stream
from speechgen.files.text import (
    counted,
    json_lines,
    portable,
    printable,
    read_json,
    write_json,
    write_text,
)

__all__ = [
    "atomic_folder",
    "atomic_path",
    "check_absent",
    "check_writable",
    "counted",
    "file_sha256",
    "is_stream",
    "json_lines",
    "missing_folders",
    "name_fits",
    "open_to_readers",
    "portable",
    "printable",
    "put_in_place",
    "read_json",
    "refusal",
    "remove_empty",
    "scratch_folder",
    "size_and_time",
    "sync_file",
    "sync_folder",
    "synced_together",
    "why_refused",
    "write_json",
    "write_text",
]
