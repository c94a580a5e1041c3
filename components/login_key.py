"""The keys of a section by which the login user's private key is given."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator, model_validator

from components.errors import ConfigError
from components.settings import Section
from components.ssh_keys import private_key


class LoginKeySection(Section):
    """A private key as text, as a file, or as what the ssh-agent has."""

    private_key: SecretStr | None = Field(None, description="secret; text of the login user's private key")
    private_key_file: str | None = Field(
        None,
        description="or its path; without either the ssh-agent is asked",
        examples=["~/.ssh/id_ed25519"],
    )

    @field_validator("private_key")
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else SecretStr(private_key(value.get_secret_value()))

    @model_validator(mode="after")
    def _one_key(self) -> "LoginKeySection":
        if self.private_key and self.private_key_file:
            raise ValueError("should have 'privateKey' or 'privateKeyFile', not both; remove one")
        return self

    def key(self, section: str) -> str | None:
        """Return the private key's text; None means the ssh-agent. `section` is this section's name.

        Raises ConfigError, which names the file that can't be read.
        """
        if self.private_key:
            return self.private_key.get_secret_value()
        if not self.private_key_file:
            return None
        where = f"{section}/privateKeyFile: {self.private_key_file}"
        try:
            return private_key(Path(self.private_key_file).expanduser().read_text())
        except (OSError, RuntimeError) as error:
            why = getattr(error, "strerror", None) or error
            remedy = "give the path of your private key, for example ~/.ssh/id_ed25519"
            raise ConfigError([f"{where} can't be read ({why}); {remedy}"]) from None
        except ValueError as error:
            raise ConfigError([f"{where} {error}"]) from None
