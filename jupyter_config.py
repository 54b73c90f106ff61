"""One configuration for JupyterLab, Voila, nbgrader and dalil.

What an academy may set stands here as ``c.Dalil.…`` (`dalil settings` lists every name with its
meaning and present value); the last line passes it on to Jupyter's own applications.
"""

from dalil.configuration import apply

c = get_config()  # noqa: F821

c.Dalil.course_id = "academy"
c.Dalil.academy = "academy"
c.Dalil.isolation = "auto"

apply(c, __file__)
