"""What lessons and apps show: text, numbers, tables, pictures and checks, laid out as the
visitor's language runs."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import ipywidgets as widgets
from IPython.display import HTML, display

import dalil
from dalil.models import N_
from dalil.translation import find_catalogue, interface

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 100
RTL = "dalil-rtl"
_Widget = TypeVar("_Widget", bound=widgets.DOMWidget)

# Widgets know nothing of direction: sliders, numbers and code stay left to right. What one presses
# is 24 pixels high or apart (WCAG 2.2, 2.5.8).
STYLE = f"""
.{RTL}, .{RTL} * {{ direction: rtl; text-align: right; }}
.{RTL} .noUi-target, .{RTL} .noUi-target *, .{RTL} input, .{RTL} .widget-readout
  {{ direction: ltr; }}
.{RTL} [dir=ltr], .{RTL} [dir=ltr] * {{ direction: ltr; text-align: left; }}
.{RTL} .widget-label {{ margin-inline-end: 10px; }}
.{RTL} button, .{RTL} button * {{ text-align: center; }}
.{RTL} .widget-checkbox input {{ margin: 0 0 0 8px !important; }}
.widget-radio-box label
  {{ display: flex; align-items: center; gap: 10px; min-height: 28px; height: auto; }}
.widget-radio-box input {{ order: -1; flex: none; margin: 0 !important; }}
.dalil-fit {{ gap: 6px 10px; align-items: center; }}
.dalil-fit button {{ width: auto; }}
.dalil-columns {{ gap: 8px 40px; }}
.dalil-columns button {{ width: auto; }}
.dalil-said {{ line-height: 1.6; font-size: 15px; }}
.dalil-check {{ border-inline-start: 4px solid #1f4e79; padding-inline-start: 12px; }}
.dalil-check label, .dalil-check .widget-html-content
  {{ white-space: normal; height: auto; line-height: 1.5; }}
"""
CHOOSE, YES, NO = N_("Choose an answer."), N_("Yes."), N_("Not quite.")


def number(value: float, digits: int = 2) -> str:
    """Return *value* with *digits* decimals, as one piece that runs left to right in any text.

    Without that a minus sign moves to the right of its digits in Arabic; there is no "-0.00".
    """
    return f"\u2066{round(float(value), digits) + 0.0:.{digits}f}\u2069"


def image_of(figure: Figure, alt: str) -> str:
    """Return *figure* as HTML for a widget; *alt* says in words what there is to see."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{data}" style="max-width:100%">'


class Page:
    """A lesson or an app of *module*, in the language of its visitor.

    ``text`` translates a message of the module; ``language`` and ``direction`` ("rtl" or "ltr")
    are the visitor's. Raises UsageError when *module* is no module's name.
    """

    def __init__(self, module: str) -> None:
        found = interface(module)
        self.text, self.language, self.direction = found.text, found.language, found.direction
        self._own = find_catalogue(Path(dalil.__file__).parent, found.language).get

    def style(self, more: str = "") -> None:
        """Give the page the style of Dalil's widgets, and *more* of its own (CSS)."""
        display(HTML(f"<style>{STYLE}{more}</style>"))

    def laid(self, widget: _Widget) -> _Widget:
        """Return *widget*, laid out in the direction of the language."""
        if self.direction == "rtl":
            widget.add_class(RTL)
        return widget

    def say(self, text: str) -> None:
        """Show a paragraph below the cell."""
        display(HTML(f'<p dir="{self.direction}" style="text-align: start">{escape(text)}</p>'))

    def status(self, *lines: str, strong: bool = False) -> str:
        """Return *lines* as HTML that screen readers read out when it changes."""
        text = "<br>".join(escape(line) for line in lines)
        text = f"<b>{text}</b>" if strong else text
        return f'<div role="status" class="dalil-said" dir="{self.direction}">{text}</div>'

    def picture(self, figure: Figure, alt: str) -> HTML:
        """Return *figure* as a cell's output; *alt* says in words what there is to see."""
        return HTML(f'<div dir="{self.direction}">{image_of(figure, alt)}</div>')

    def table(self, rows: Sequence[Mapping[str, Any]]) -> HTML:
        """Return *rows*, all with the same names, as a table; each cell runs as its own text."""

        def cell(tag: str, value: Any) -> str:
            text = f"<bdi>{escape(str(value))}</bdi>"
            return f'<{tag} style="padding:3px 10px;text-align:start">{text}</{tag}>'

        head = "".join(cell("th", name) for name in rows[0])
        body = "".join(f"<tr>{''.join(cell('td', v) for v in row.values())}</tr>" for row in rows)
        return HTML(
            f'<div dir="{self.direction}" style="overflow-x:auto" tabindex="0">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def self_check(self, options: Sequence[str], right: int, because: str) -> widgets.VBox:
        """Return a question with *options*, of which number *right* (from 0) is right.

        Whatever is chosen, the answer says whether it is right, and *because*. Nothing is kept.
        """
        choice = widgets.RadioButtons(options=options, value=None, layout={"width": "auto"})
        said = widgets.HTML(escape(self._own(CHOOSE)))

        def judge(_change: object) -> None:
            verdict = self._own(YES if choice.index == right else NO)
            said.value = f'<span role="status"><b>{escape(verdict)}</b> {escape(because)}</span>'

        choice.observe(judge, "value")
        box = widgets.VBox([choice, said])
        box.add_class("dalil-check")
        return self.laid(box)
