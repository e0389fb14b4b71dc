# SPDX-License-Identifier: BSD-2-Clause
# The guest's own kernel decrypts ESP: what the other tests stand on.
. /tests/lib
two_gateways
ip netns exec left ping -c 3 -i 0.2 -W 5 10.2.0.1 || die "no ping through the tunnel"
