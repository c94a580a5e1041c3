# Take the app away, and with the last app all that flask-deploy has put on the machine. Keeps the app's data.

remove_app() {
  local id link
  for id in $(releases_with_units); do forget "$id"; done
  systemctl daemon-reload
  for link in /etc/{nginx,apache2}/sites-enabled/{,000-}"$APP.conf"; do
    if [[ -L $link ]]; then rm "$link"; fi
  done
  rm -rf "${home:?}" "/run/flask-deploy/$APP" "$state/upload"
  rm -f /var/log/{nginx,apache2}/"$APP".{access,error}.log*
  if [[ $(cat "$machine/default" 2>/dev/null) == "$APP" ]]; then hand_default_on; fi
  if [[ ${PURGE_DATA:-} ]]; then
    rm -rf "$state/data"
  elif [[ -n $(find "$state/data" -type f -print -quit 2>/dev/null) ]]; then
    chown -hR root:root "$state/data"
    chmod 0700 "$state/data"
    say "kept: the app's data in $state/data"
  else
    rm -rf "$state/data"
  fi
  if getent passwd "$APP" >/dev/null; then userdel "$APP"; fi
}

# To the app of the same stack that is still there: the new name of this one was taken back.
hand_default_on() {
  local app
  rm "$machine/default"
  for app in $(namesakes); do printf '%s\n' "$app" | write_file "$machine/default" 0644; done
}

reload_proxies() {
  local proxy
  for proxy in nginx apache; do
    if systemctl is-active --quiet "$(proxy_unit "$proxy")" && check_proxy "$proxy" >/dev/null 2>&1; then
      systemctl reload "$(proxy_unit "$proxy")"
    fi
  done
}

restore_default_sites() {
  local link place
  [[ -e $machine/default-sites ]] || return 0
  while read -r link place; do
    if [[ ! -e $link && -d $(dirname "$link") ]]; then ln -s "$place" "$link"; fi
  done <"$machine/default-sites"
}

remove_apache_frame() {
  local module
  rm -f /etc/apache2/conf-{available,enabled}/zz-flask-deploy.conf
  if [[ -e $machine/apache-modules ]] && command -v a2dismod >/dev/null; then
    while read -r module; do a2dismod --quiet --force "$module" >/dev/null || true; done <"$machine/apache-modules"
  fi
}

# With the same accounts as before the first app, their backups can be as before, too.
restore_account_backups() {
  if sha256sum --status -c "$machine/accounts/sums" 2>/dev/null; then
    find "$machine/accounts" -name '*-' -exec cp -p -t /etc {} +
  fi
}

remove_machine() {
  remove_apache_frame
  restore_default_sites
  remove_packages
  restore_account_backups
  rm -rf "${machine:?}" /run/flask-deploy
  rm -f "$aptlog" /run/lock/flask-deploy
}

remove() {
  lock
  if [[ -e $state/owner && $(<"$state/owner") != "$OWNER" ]]; then
    say "kept: app '$APP' belongs to $(<"$state/owner") now"
    return 0
  fi
  remove_app
  if [[ -z $(others) ]]; then remove_machine; fi
  reload_proxies
  rm -f "$state/owner"
  rmdir --ignore-fail-on-non-empty "$state" /var/lib/flask-deploy 2>/dev/null || true
  say "removed: app '$APP'"
}
