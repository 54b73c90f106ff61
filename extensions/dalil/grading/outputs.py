"""What a cell puts out, as it is heard on the kernel's channel: capped, and the answers taken out.

Every message comes from a process that ran foreign code and may have any content.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

FLOOD = 16  # a cell is stopped once it sent so many times what is kept of it
MAX_DEPTH = 64  # nesting of a JSON value
MAX_BUNDLES = 64  # of one cell
_OVERHEAD = 64  # bytes that an output costs besides its content
_JSON = re.compile(r"application/(.*\+)?json")  # as nbformat's schema has it: any value


@dataclass
class Displays:
    """Outputs that later messages may change, by their display id."""

    shown: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass
class Record:
    """The outputs and answers of one cell.

    ``output_bytes`` are kept, of which streams are cut and other outputs kept whole or not at all;
    ``flooded`` tells that the cell sent so much that it has to be stopped.
    """

    mime: str
    output_bytes: int
    answer_bytes: int
    displays: Displays
    outputs: list[dict[str, Any]] = field(default_factory=list)
    bundles: list[Any] = field(default_factory=list)
    count: int | None = None
    flooded: bool = False
    _received: int = 0
    _kept: int = 0
    _cut: bool = False
    _clear: bool = False

    def add(self, kind: str, content: dict[str, Any], size: int) -> None:
        """Take in one message of *size* bytes on the wire; whatever is odd about it is ignored."""
        count = content.get("execution_count")
        if type(count) is int and 0 <= count < 10**9:  # True is no count
            self.count = count
        display = kind in ("display_data", "execute_result", "update_display_data")
        if display and self._take_answer(content):
            size = max(0, size - 2 * self.answer_bytes)  # answers have a limit of their own
        self._received += size + _OVERHEAD
        self.flooded = self.flooded or self._received > FLOOD * self.output_bytes
        if self.flooded:
            return
        if kind == "clear_output":
            self._clear = True
            if not content.get("wait"):
                self._clear_now()
        elif kind == "stream":
            self._stream(content)
        elif kind == "error":
            self._keep(_error(content))
        elif display:
            self._display(kind, content)

    def finished(self) -> list[dict[str, Any]]:
        """Return the outputs as nbformat has them."""
        finished = list(self.outputs)
        for output in finished:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        if self._cut:
            text = f"[the rest of the output was dropped: more than {self.output_bytes} bytes]\n"
            finished.append({"output_type": "stream", "name": "stderr", "text": text})
        return finished

    def _take_answer(self, content: dict[str, Any]) -> bool:
        data = content.get("data")
        if not isinstance(data, dict) or self.mime not in data:
            return False
        bundle = data.pop(self.mime)
        if len(self.bundles) >= MAX_BUNDLES:
            return False
        self.bundles.append(checked_bundle(bundle, self.answer_bytes))
        return True

    def _stream(self, content: dict[str, Any]) -> None:
        name, text = content.get("name"), content.get("text")
        if name not in ("stdout", "stderr") or not isinstance(text, str) or not text:
            return
        self._clear_if_asked()
        room = self.output_bytes - self._kept
        encoded = text.encode("utf-8", "replace")
        if len(encoded) > room:
            self._cut = True
            encoded = encoded[: max(room, 0)]
        if not encoded:
            return
        text = encoded.decode("utf-8", "ignore")
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"].append(text)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "text": [text]})
            self._kept += _OVERHEAD
        self._kept += len(encoded)

    def _display(self, kind: str, content: dict[str, Any]) -> None:
        data = _mime_bundle(content.get("data"))
        metadata = content.get("metadata")
        if not isinstance(metadata, dict) or json_size(metadata) is None:
            metadata = {}
        transient = content.get("transient")
        name = transient.get("display_id") if isinstance(transient, dict) else None
        if isinstance(name, str):
            for output in self.displays.shown.get(name, ()):
                self._change(output, data, metadata)
        if kind == "update_display_data" or not data:
            return
        output = {"output_type": kind, "data": data, "metadata": metadata}
        if kind == "execute_result":
            output["execution_count"] = self.count
        if self._keep(output) and isinstance(name, str):
            self.displays.shown.setdefault(name, []).append(output)

    def _change(self, output: dict[str, Any], data: Any, metadata: dict[str, Any]) -> None:
        change = {"data": data, "metadata": metadata}
        if self._room(change):
            output.update(change)

    def _keep(self, output: dict[str, Any]) -> bool:
        self._clear_if_asked()
        if not self._room(output):
            return False
        self.outputs.append(output)
        return True

    def _room(self, output: dict[str, Any]) -> bool:
        size = json_size(output)
        if size is None or self._kept + size + _OVERHEAD > self.output_bytes:
            self._cut = True
            return False
        self._kept += size + _OVERHEAD
        return True

    def _clear_if_asked(self) -> None:
        if self._clear:
            self._clear_now()

    def _clear_now(self) -> None:
        self.outputs.clear()
        self._clear, self._cut, self._kept = False, False, 0


def checked_bundle(bundle: Any, answer_bytes: int) -> Any:
    """Return *bundle*, or a small one that says why it cannot be had.

    Too large: ``{"question": …, "oversized": answer_bytes}``. No strict JSON (NaN) or nested too
    deeply: ``{"question": …}``, which no reader of answers accepts.
    """
    named = bundle.get("question") if isinstance(bundle, dict) else None
    question = named if isinstance(named, str) and len(named) <= 200 else None
    size = json_size(bundle)
    if size is None:
        return {"question": question}
    if size > answer_bytes:
        return {"question": question, "oversized": answer_bytes}
    return bundle


def json_size(value: Any) -> int | None:
    """Return the bytes of *value* as strict JSON; None for what is none, or nested too deeply."""
    if not _shallow(value):
        return None
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return None
    return len(text.encode("utf-8", "replace"))


def _shallow(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(i for i in item.values() if isinstance(i, dict | list))
            elif isinstance(item, list):
                inner.extend(i for i in item if isinstance(i, dict | list))
        if not inner:
            return True
        level = inner
    return False


def _mime_bundle(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        return {}
    return {mime: value for mime, value in data.items() if _fits(mime, value)}


def _fits(mime: str, value: Any) -> bool:
    if isinstance(value, str) or _JSON.fullmatch(mime):
        return True
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def _error(content: dict[str, Any]) -> dict[str, Any]:
    trace = content.get("traceback")
    lines = [line for line in trace if isinstance(line, str)] if isinstance(trace, list) else []
    name, value = (str(content.get(key, "")) for key in ("ename", "evalue"))
    error = {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}
    if sum(map(len, lines)) + len(value) > 64 * 1024:  # an error must be seen, so shorten it
        error.update(evalue=value[:2000], traceback=[line[:2000] for line in lines[-8:]])
    return error
