# One file of secret environment variables, named by their digest. systemd reads it as root.
: "${SECRETS:?}"

main() {
  read_payload
  lock
  require_owner
  write_file "$home/secrets/$SECRETS" 0600 <"$files/secrets"
  say "kept: secrets $SECRETS"
}
