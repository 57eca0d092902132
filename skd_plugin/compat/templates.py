"""How the templates of this plugin are read: a tag has a line of its own, and a missing name is an error."""

import jinja2


def template_environment(package: str, autoescape: bool) -> jinja2.Environment:
    """
    The templates in the folder `templates` of a package.

    # Parameters

    package : `str`
        Such as `skd_plugin.report`.
    autoescape : `bool`
        Whether values are escaped, as a page of HTML needs it.
    """
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
