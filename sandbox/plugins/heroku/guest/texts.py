"""What the Python buildpack says when it refuses a source.

Heroku's words (heroku-buildpack-python v351: bin/detect and lib/*.sh); its advice is cut short.
"""

from __future__ import annotations

from typing import Final

_NEEDS_A_FILE: Final = """\
A Python app on Heroku must have either a 'requirements.txt',
'Pipfile.lock', 'poetry.lock' or 'uv.lock' package manager file
in the root directory of its source code.

Currently the root directory of your app contains:

{listing}

If your app already has a package manager file, check that it:

1. Is in the top level directory (not a subdirectory).
2. Has the correct spelling (the filenames are case-sensitive).
3. Isn't listed in '.gitignore' or '.slugignore'."""

NO_PROJECT: Final = f"""\
Error: Your app is configured to use the Python buildpack,
but we couldn't find any supported Python project files.

{_NEEDS_A_FILE}"""

NO_PACKAGE_MANAGER: Final = f"""\
Error: Couldn't find any supported Python package manager files.

{_NEEDS_A_FILE}"""

SETUP_PY_ALONE: Final = """\
Error: Implicit setup.py file support has been sunset.

Your app currently only has a setup.py file and no Python
package manager files. This means that the buildpack can't
tell which package manager you want to use, and whether to
install your project in editable mode or not."""

PIPFILE_ALONE: Final = """\
Error: No 'Pipfile.lock' found!

A 'Pipfile' file was found, however, the associated 'Pipfile.lock'
Pipenv lockfile wasn't. This means your app dependency versions
aren't pinned, which means the package versions used on Heroku
might not match those installed in other environments."""

SEVERAL_PACKAGE_MANAGERS: Final = """\
Error: Multiple Python package manager files were found.

Exactly one package manager file should be present in your app's
source code, however, several were found:

{found}"""

NOT_IN_THE_SANDBOX: Final = """\
Sandbox: {manager} is not emulated here, only pip and uv are.

Heroku itself builds this source with {manager}."""

PYTHON_FOLDER: Final = """\
Error: Existing '.heroku/python/' directory found.

Your app's source code contains an existing directory named
'.heroku/python/', which is where the Python buildpack needs
to install its files."""

VIRTUAL_ENVIRONMENT: Final = """\
Error: Existing '{folder}/' directory found.

Your app's source code contains an existing directory named
'{folder}/', which looks like a Python virtual environment:

{listing}

Including a virtual environment directory in your app source
isn't supported since the files within it are specific to a
single machine and so won't work when run somewhere else."""

HOOK_FAILED: Final = """\
Error: Failed to run the {script} script.

We found a '{script}' script in your app source, so ran
it to allow for customisation of the build process.

However, this script exited with a non-zero exit status."""

INSTALL_FAILED: Final = """\
Error: Unable to install dependencies using {manager}.

See the log output above for more information."""

TOOL_FAILED: Final = """\
Error: Unable to install {tool}.

In some cases, this happens due to a temporary issue with
the network connection or Python Package Index (PyPI).

Try building again to see if the error resolves itself."""

NOTE_UV: Final = """\
Note: We recently added support for the package manager uv:
https://devcenter.heroku.com/changelog-items/3238"""
