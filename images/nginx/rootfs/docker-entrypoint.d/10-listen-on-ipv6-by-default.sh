#!/bin/sh
# The default server listens on IPv6 too, where the kernel has it: without it, nginx would not start.
set -eu
conf=/etc/nginx/conf.d/default.conf
[ -f /proc/net/if_inet6 ] && [ -w "$conf" ] || exit 0
# Only the file of the image is changed, no user's.
echo "d0a0c1aace3cd9a01aeac8ef498dcb041a12f5d333ff352fbc6b0738ab22a550  $conf" | sha256sum --check --status || exit 0
sed -i 's/^    listen 80;$/&\n    listen [::]:80;/' "$conf"
