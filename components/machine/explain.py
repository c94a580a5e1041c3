"""Why a machine can't be reached, in words; and whether to try again.

pulumi-command tries again after every failure to connect, a wrong key like a closed port. So each
step tries few times only, and this hook, which sees the reason, decides about more: a machine that
is still booting is waited for, a wrong key is not.
"""

from typing import Final

import pulumi

from components import explained
from components.explained import Reason

# So the provider begins when it gave up connecting; what a script printed never counts as a reason.
GAVE_UP: Final = "failed attempts: "

# The texts are those of Go's net and x/crypto/ssh packages, which the provider hands on.
UNREACHABLE: Final = (
    Reason(
        sign="host key mismatch",
        meaning="it shows another host key than the configured one, so nothing was sent to it",
        remedy="if the machine was made anew, set the host key again (on the machine: "
        "cat /etc/ssh/ssh_host_ed25519_key.pub); if it was not, somebody may be in between",
    ),
    Reason(
        sign="no common algorithm for host key",
        meaning="it has no host key of the configured type, so nothing was sent to it",
        remedy="set a host key that it has; on the machine: cat /etc/ssh/ssh_host_*_key.pub",
    ),
    Reason(
        sign="attempted methods [none],",
        meaning="no private key is configured, and no ssh-agent has one",
        remedy="set privateKeyFile, for example ~/.ssh/id_ed25519, or load the key: ssh-add",
    ),
    Reason(
        sign="unable to authenticate",
        meaning="it does not accept this user with this key",
        remedy="put the key's public half into ~/.ssh/authorized_keys of that user, or correct user and key",
    ),
    Reason(
        sign="no such host",
        meaning="its name is not known",
        remedy="correct the host's name, or give its address, for example 203.0.113.7",
    ),
    Reason(
        sign="connection refused",
        meaning="nothing listens on its SSH port",
        remedy="is it up, is sshd running, is that the port?",
        passes=True,
    ),
    Reason(
        sign="no route to host",
        meaning="there is no way to it from here",
        remedy="is it up, is the address right, does a firewall stand in between?",
        passes=True,
    ),
    Reason(
        sign="i/o timeout",
        meaning="it does not answer",
        remedy="is it up, is the address right, does a firewall stand in between?",
        passes=True,
    ),
    # sshd since OpenSSH 9.8 turns an address away for a while after failed logins (PerSourcePenalties).
    *(
        Reason(
            sign=sign,
            meaning="its sshd ends the connection at once, as it does for a while after failed logins",
            remedy="wait a minute; if it stays so, look at 'journalctl -u ssh' on the machine",
            passes=True,
        )
        for sign in ("connection reset by peer", "handshake failed: EOF")
    ),
)

# The connection was there, and then it was not, or the machine ended the step itself.
# Only the provider's own words in the first line count.
CUT_SHORT: Final = (
    Reason(
        sign="remote command exited without exit status",
        meaning="the connection was lost while a step ran there, which may still be at work",
        remedy="what served still serves; run 'pulumi up' again: it waits until that step is done",
    ),
    Reason(
        sign="connection lost",
        meaning="the connection was lost while a file was sent",
        remedy="what served still serves; run 'pulumi up' again",
    ),
    Reason(
        sign="Process exited with status 124",
        meaning="a step took longer than it may, so the machine ended it",
        remedy="is the machine overloaded, or its network slow? then run 'pulumi up' again",
    ),
    Reason(
        sign="Process exited with status 137",
        meaning="a step was killed there, as the kernel does when memory runs out",
        remedy="look at 'journalctl -k' and 'free -m' on the machine, then run 'pulumi up' again",
    ),
    Reason(
        sign="subsystem request failed",
        meaning="its sshd has no sftp, which files are sent by",
        remedy="put this into /etc/ssh/sshd_config there: Subsystem sftp internal-sftp; "
        "then: systemctl reload ssh",
    ),
    Reason(
        sign="receiving version packet",
        meaning="its sftp does not speak the protocol, as when a start-up file of the shell prints something",
        remedy="this must print nothing: ssh USER@HOST true; look at ~/.bashrc there, or put this into "
        "/etc/ssh/sshd_config: Subsystem sftp internal-sftp",
    ),
    Reason(
        sign="(SSH_FX_FAILURE)",
        meaning="it can't keep the file that is sent",
        remedy="is there room? on the machine: df -h /var/lib/flask-deploy; df -i /var/lib/flask-deploy",
    ),
)

NO_SHELL: Final = (
    Reason(
        sign="This account is currently not available",
        meaning="the login user has no shell there",
        remedy="give it one (on the machine: sudo chsh -s /bin/bash USER), or set another user",
    ),
    Reason(
        sign="Please login as the user",
        meaning="this user may not log in there, and the machine says which one may",
        remedy="set the user that it names in its answer above",
    ),
)

NO_SUDO: Final = (
    Reason(
        sign="sudo: a password is required",
        meaning="sudo wants a password there, which nobody can type",
        remedy="let that user use sudo without one (/etc/sudoers.d): ubuntu ALL=(ALL) NOPASSWD: ALL",
    ),
    Reason(
        sign="sudo: command not found",
        meaning="it has no sudo",
        remedy="install sudo there, or set the user to root",
    ),
)


def reason(error: str) -> Reason | None:
    """Return what an error text of the provider means; None when it explains itself or is unknown."""
    own = error.partition("\n")[0].partition(": running ")[0]
    if GAVE_UP in own:
        return explained.first(UNREACHABLE, error)
    return explained.first(CUT_SHORT, own) or explained.first((*NO_SHELL, *NO_SUDO), error)


def hook(where: str, seconds: int) -> pulumi.ErrorHook:
    """Return a hook that waits up to `seconds` for a machine that may still come, and explains the rest.

    `where` says which machine and which part of the configuration it comes from.
    """
    return explained.hook("reach", where, reason, seconds)
