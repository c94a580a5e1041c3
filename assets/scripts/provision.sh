# What no release depends on: packages, the app's user, directories, the web server's frame.
: "${PROXY:?}"

make_user() {
  if getent passwd "$APP" >/dev/null; then
    if [[ $(account) != "$(wanted_account)" ]]; then usermod --groups www-data --shell /usr/sbin/nologin "$APP"; fi
    return
  fi
  if [[ ! -d $machine/accounts ]]; then
    # The backups that useradd is about to write over, for `destroy` to put back.
    install -d -m 0700 "$machine/accounts.new"
    cp -p /etc/{passwd,group,shadow,gshadow}- "$machine/accounts.new/" 2>/dev/null || true
    sha256sum /etc/{passwd,group,shadow,gshadow} >"$machine/accounts.new/sums"
    mv -T "$machine/accounts.new" "$machine/accounts"
  fi
  useradd --system --user-group --groups www-data --home-dir "$home" --no-create-home --shell /usr/sbin/nologin "$APP"
  say "made: user $APP"
}

make_directories() {
  install -d -m 0755 "$home" "$home/releases" "$home/venvs" /run/flask-deploy
  install -d -m 0700 "$home/secrets"
  install -d -m 0700 -o "${SUDO_USER:-root}" "$state/upload"
  install -d -m 0750 -o "$APP" -g www-data "$state/data"
  # What an earlier life of this app has left behind belongs to its new user.
  if [[ -n $(find "$state/data" ! -user "$APP" -print -quit) ]]; then chown -hR "$APP:www-data" "$state/data"; fi
}

# The distribution's own welcome page makes room; a site that somebody wrote stays.
move_default_site() {
  local link
  if [[ $PROXY == apache ]]; then link=/etc/apache2/sites-enabled/000-default.conf; else link=/etc/nginx/sites-enabled/default; fi
  [[ -L $link ]] || return 0
  local site package
  site=$(readlink -f "$link")
  package=$(dpkg-query -S "$site" 2>/dev/null | cut -d: -f1) || return 0
  if dpkg-query -W -f '${Conffiles}\n' "$package" | grep -qF " $site $(md5sum "$site" | cut -d' ' -f1)"; then
    printf '%s %s\n' "$link" "$(readlink "$link")" >>"$machine/default-sites"
    rm "$link"
    say "moved away: $link"
  fi
}

frame_apache() {
  local module
  for module in $(wanted_modules "$PROXY"); do
    if [[ ! -e /etc/apache2/mods-enabled/$module.load ]]; then
      echo "$module" >>"$machine/apache-modules"
      a2enmod --quiet "$module" >/dev/null
    fi
  done
  write_file /etc/apache2/conf-available/zz-flask-deploy.conf 0644 <"$files/apache-frame.conf"
  ln -sfn ../conf-available/zz-flask-deploy.conf /etc/apache2/conf-enabled/zz-flask-deploy.conf
}

main() {
  read_payload
  lock
  require_owner
  install -d -m 0755 "$machine" # where is written down what `destroy` takes back; somebody may have lost it
  install_packages
  make_user
  make_directories
  write_file "$home/run" 0755 <"$files/run"
  move_default_site
  if [[ $PROXY == apache ]]; then frame_apache; fi
  say "provisioned: $PROXY for app '$APP'"
}
