"""What the Python buildpack says about a source's Python version.

Heroku's words (heroku-buildpack-python v351, lib/python_version.sh); its advice is cut short.
"""

from __future__ import annotations

from typing import Final

MISSPELLED: Final = """\
Error: Your .python-version file is spelled incorrectly.

Your app's .python-version file currently has the filename:
'{name}'

However, the correct spelling is (without quotes):
'.python-version'

You must rename your file to the correct name."""

INVALID_VERSION: Final = """\
Error: Invalid Python version in .python-version.

The Python version specified in your .python-version file
isn't in the correct format.

The following version was found:
{version}

However, the Python version must be specified as either:
1. The major version only, for example: {default} (recommended)
2. An exact patch version, for example: {default}.999

Don't include quotes, a 'python-' prefix or wildcards. Any
code comments must be on a separate line prefixed with '#'."""

UNREADABLE_VERSION: Final = """\
Error: Unable to read .python-version.

Your .python-version file couldn't be read because it's using
an unsupported text encoding:
{encoding}

Configure your editor to save files as UTF-8, without a BOM,
then delete and recreate the file using the correct encoding."""

NO_VERSION_IN_FILE: Final = """\
Error: No Python version found in .python-version.

No Python version was found in your .python-version file.

Update the file so that it contains your app's major Python
version number. Don't include quotes or a 'python-' prefix."""

SEVERAL_VERSIONS: Final = """\
Error: Multiple Python versions found in .python-version.

Multiple versions were found in your .python-version file:

{versions}

Update the file so it contains only one Python version."""

INVALID_RUNTIME: Final = """\
Error: Invalid Python version in runtime.txt.

The Python version specified in your runtime.txt file isn't
in the correct format.

However, the runtime.txt file is deprecated since it has been
replaced by the more widely supported .python-version file:
https://devcenter.heroku.com/changelog-items/3141"""

END_OF_LIFE: Final = """\
Error: The requested Python version has reached end-of-life.

Python {version} has reached its upstream end-of-life, and is
therefore no longer receiving security updates:
https://devguide.python.org/versions/#supported-versions

As such, it's no longer supported by this buildpack:
https://devcenter.heroku.com/articles/python-support#supported-python-versions

Please upgrade to at least Python {oldest} by changing the
version in your {origin} file."""

UNKNOWN_VERSION: Final = """\
Error: The requested Python version isn't recognised.

The requested Python version {version} isn't recognised.

Check that this Python version has been officially released,
and that the Python buildpack has added support for it:
https://devguide.python.org/versions/#supported-versions
https://devcenter.heroku.com/articles/python-support#supported-python-versions"""

UV_WITHOUT_VERSION: Final = """\
Error: No Python version was specified.

When using the package manager uv on Heroku, you must specify
your app's Python version with a .python-version file."""

UV_WITH_RUNTIME: Final = """\
Error: The runtime.txt file isn't supported when using uv.

When using the package manager uv on Heroku, you must specify
your app's Python version with a .python-version file and not
a runtime.txt file."""

WARN_NO_VERSION: Final = """\
Warning: No Python version was specified.

Your app doesn't specify a Python version and so the buildpack
picked a default version for you.

Please configure an explicit Python version for your app."""

WARN_RUNTIME: Final = """\
Warning: The runtime.txt file is deprecated.

The runtime.txt file is deprecated since it has been replaced
by the more widely supported .python-version file:
https://devcenter.heroku.com/changelog-items/3141"""

WARN_DEPRECATED: Final = """\
Warning: Support for Python 3.10 is deprecated!

Python 3.10 will reach its upstream end-of-life in October 2026,
at which point it will no longer receive security updates:
https://devguide.python.org/versions/#supported-versions"""

WARN_PATCH: Final = """\
Warning: A Python patch update is available!

Your app is using Python {version}, however, there is a newer
patch release of Python {major} available: {latest}"""
