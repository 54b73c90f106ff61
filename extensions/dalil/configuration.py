"""What ``jupyter_config.py`` applies to Jupyter's own applications, a function per topic.

Sets values, never appends or mutates, and makes what nbgrader needs to start; classes are named by
strings, so that reading the configuration imports neither nbgrader nor Voila.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from traitlets.config import Config

from dalil.errors import RecordsError
from dalil.settings import Settings, settings_from

ADAPTER = "dalil.nbgrader"
SERVER = "dalil.server"  # the academy in a person's own server
SERVICE_VARIABLE = "DALIL_SERVICE_URL"  # set in people's servers behind the hub
DASHBOARDS = "dalil.dashboards"
OVERSEERS = ("instructor", "admin")
MARKING_VARIABLE = "DALIL_MARKING"  # set in the server that is there for marking alone

_OTHERS = (
    *("jupyterlab", "jupyter_lsp", "jupyter_server_mathjax", "jupyter_server_terminals"),
    *("notebook", "notebook_shim", "voila.server_extension"),
    *(f"nbgrader.server_extensions.{n}" for n in ("assignment_list", "course_list")),
    "nbgrader.server_extensions.validate_assignment",
)


def apply(config: Config, config_file: str) -> None:
    """Set up every application from the section ``c.Dalil`` of *config*."""
    root = Path(config_file).resolve().parent
    config.Dalil.root = str(root)
    settings = settings_from(config, root)
    tools_on_path()
    if not os.environ.get("DALIL_SERVICE_URL"):  # a person's server has nothing of the academy's
        with suppress(RecordsError):  # whoever needs the folders and cannot have them is told then
            settings.prepare()  # nbgrader opens its gradebook before any class of ours is asked
    for topic in (course, exchange, release, grading, formgrader, feedback, server, kernels, voila):
        topic(config, settings)


def tools_on_path() -> None:
    """Let nbgrader find `alembic`, which it starts by name, without an activated environment."""
    tools = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    if tools not in path.split(os.pathsep):
        os.environ["PATH"] = tools + os.pathsep + path


def course(config: Config, settings: Settings) -> None:
    """Where nbgrader finds sources, releases, submissions and its gradebook."""
    config.CourseDirectory.root = str(settings.root)
    config.CourseDirectory.course_id = settings.course_id
    config.CourseDirectory.db_url = settings.gradebook_url
    config.CourseDirectory.source_directory = "exercises"
    config.CourseDirectory.release_directory = str(settings.release)
    config.CourseDirectory.submitted_directory = str(settings.submitted)
    config.CourseDirectory.autograded_directory = str(settings.autograded)
    config.CourseDirectory.feedback_directory = str(settings.feedback)
    config.CourseDirectory.ignore = [
        ".ipynb_checkpoints",
        "*.pyc",
        "__pycache__",
        "locale",
        ".*",
        "exhibits",
        "case.json",
    ]


def exchange(config: Config, settings: Settings) -> None:
    """nbgrader's directory exchange, with exhibits at fetch and receipts at submit."""
    config.Exchange.root = str(settings.exchange)
    if os.environ.get(SERVICE_VARIABLE):
        over_http(config)
        return
    config.ExchangeFactory.fetch_assignment = f"{ADAPTER}.exchange.FetchAssignment"
    config.ExchangeFactory.submit = f"{ADAPTER}.exchange.Submit"
    config.ExchangeFactory.collect = f"{ADAPTER}.exchange.Collect"
    config.ExchangeFactory.release_assignment = f"{ADAPTER}.exchange.ReleaseAssignment"


def over_http(config: Config) -> None:
    """A person's server behind the hub asks the academy's service; exercises lie in one folder."""
    for step, name in {
        "list": "List",
        "fetch_assignment": "FetchAssignment",
        "fetch_feedback": "FetchFeedback",
        "submit": "Submit",
        "collect": "Collect",
        "release_assignment": "ReleaseAssignment",
        "release_feedback": "ReleaseFeedback",
    }.items():
        config.ExchangeFactory[step] = f"{ADAPTER}.over_http.{name}"
    exercises = Path.home() / "exercises"
    with suppress(OSError):  # Lab's assignment list goes there first
        exercises.mkdir(exist_ok=True)
    config.Exchange.assignment_dir = str(exercises)


def release(config: Config, settings: Settings) -> None:
    """Releases keep nbgrader's own steps; ours checks that nothing sealed goes out."""
    config.GenerateAssignment.permissions = 644


def grading(config: Config, settings: Settings) -> None:
    """The Autograde button and ``nbgrader autograde`` use the sealed checks."""
    config.Autograde.exporter_class = f"{ADAPTER}.reading.SubmissionExporter"
    config.Autograde.sanitize_preprocessors = [f"{ADAPTER}.preprocessors.RebuildSubmission"]
    config.Autograde.autograde_preprocessors = [
        f"{ADAPTER}.preprocessors.SealedGrade",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        f"{ADAPTER}.preprocessors.RecordGrade",
    ]


def formgrader(config: Config, settings: Settings) -> None:
    """Our formgrader in place of nbgrader's, on the grading side only.

    A person's own server behind the hub has neither: there it is a service of its own, and what
    that server has instead is the academy's panels in Lab. No heading
    gets an id: formgrader finds its fields by theirs, the first of a name wins, and a trainee's
    heading "report" would take the place of the field for the points of that question.
    """
    config.HTMLExporter.exclude_anchor_links = True
    config.FormgradeExtension.debug = False  # shows every setting, passwords of databases too
    marking = bool(os.environ.get(MARKING_VARIABLE))
    behind_hub = bool(os.environ.get(SERVICE_VARIABLE))
    extensions = config.ServerApp.get("jpserver_extensions", {})
    config.ServerApp.jpserver_extensions = {
        **extensions,
        "nbgrader.server_extensions.formgrader": False,
        f"{ADAPTER}.formgrader": marking or not behind_hub,
        SERVER: behind_hub and not marking,
        DASHBOARDS: behind_hub and not marking and os.environ.get("DALIL_ROLE") in OVERSEERS,
    }
    if marking:
        marking_only(config)


def marking_only(config: Config) -> None:
    """A server with the rights of the grading side shows formgrader, and offers nothing else."""
    config.ServerApp.jpserver_extensions.update(dict.fromkeys(_OTHERS, False))
    config.ServerApp.authorizer_class = f"{ADAPTER}.formgrader.MarkingOnly"
    config.ServerApp.terminals_enabled = False


def feedback(config: Config, settings: Settings) -> None:
    """Feedback pages: sanitised, self-contained, in the trainee's language and direction."""
    config.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        f"{ADAPTER}.feedback.SanitiseFeedback",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    config.GenerateFeedback.exporter_class = f"{ADAPTER}.feedback.FeedbackExporter"


def server(config: Config, settings: Settings) -> None:
    """Jupyter Server and Lab: loopback, quiet, formgrader allowed as a frame of our own pages."""
    config.ServerApp.ip = "127.0.0.1"
    config.ServerApp.port = settings.port
    config.ServerApp.tornado_settings = {
        "headers": {"Content-Security-Policy": f"frame-ancestors {frames()}"}
    }
    config.ContentsManager.hide_globs = [
        *("__pycache__", "*.pyc", ".*", "*.egg-info", "*~"),
        *("records", "exchange", "logs", "cache"),
    ]


def frames() -> str:
    """Whose pages may show ours in a frame: behind the hub, marking is shown in nobody's."""
    return "'none'" if os.environ.get(MARKING_VARIABLE) else "'self'"


def kernels(config: Config, settings: Settings) -> None:
    """Kernels whose specification names no provisioner, python3 among them, start warm."""
    config.KernelProvisionerFactory.default_provisioner_name = "dalil-warm"


def voila(config: Config, settings: Settings) -> None:
    """Voila shows apps only with widgets of the platform's own environment."""
    config.VoilaConfiguration.extension_allowlist = [
        "@voila-dashboards/widgets-manager8",
        "@jupyter-widgets/jupyterlab-manager",
    ]
    config.VoilaConfiguration.strip_sources = True
