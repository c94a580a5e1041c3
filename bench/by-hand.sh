#!/usr/bin/env bash
# What a person would write: the sample app behind nginx and uWSGI, over one connection, nothing checked.
#   tar -c … | ssh machine "$(cat by-hand.sh)"      the app's files come in by standard input
# It is the measure for the first deployment and for a changed file; it has no gate, no rollback, no undo.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
app=/srv/byhand

if [[ ! -d $app ]]; then
  apt-get -qq update >/dev/null
  apt-get -qq install --no-install-recommends nginx python3-venv ca-certificates >/dev/null 2>&1
  useradd --system --groups www-data --shell /usr/sbin/nologin byhand
  mkdir -p $app/data $app/images
  python3 -m venv $app/venv
fi
tar -x -C $app
chown -R byhand $app/data $app/images
if ! cmp -s $app/requirements.txt $app/installed.txt; then
  $app/venv/bin/pip install -q --no-cache-dir -r $app/requirements.txt 2>/dev/null
  $app/venv/bin/pip install -q --no-cache-dir pyuwsgi==2.0.30.post1
  cp $app/requirements.txt $app/installed.txt
fi
(cd $app && WORK_ENV=PROD setpriv --reuid=byhand --regid=byhand --init-groups venv/bin/flask --app run db upgrade 2>/dev/null)
cat >/etc/systemd/system/byhand.service <<UNIT
[Service]
Type=notify
User=byhand
Group=www-data
RuntimeDirectory=byhand
Environment=WORK_ENV=PROD
WorkingDirectory=$app
ExecStart=$app/venv/bin/uwsgi --master --processes 3 --threads 8 --module run:application --virtualenv $app/venv --socket /run/byhand/app.sock --chmod-socket=660 --die-on-term
[Install]
WantedBy=multi-user.target
UNIT
cat >/etc/nginx/sites-available/default <<'SITE'
server {
    listen 80;
    location /avatar/ { alias /srv/byhand/images/; }
    location / { include uwsgi_params; uwsgi_pass unix:/run/byhand/app.sock; }
}
SITE
systemctl daemon-reload
systemctl enable --quiet byhand
systemctl restart byhand
nginx -t -q
systemctl reload nginx
for _ in {1..100}; do
  if python3 -c 'import urllib.request; urllib.request.urlopen("http://127.0.0.1/healthz", timeout=5)' 2>/dev/null; then exit 0; fi
  sleep 0.1
done
exit 1
