/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_PORT_KINDS_H
#define DATAPLANE_PORT_KINDS_H

#include "dataplane/port.h"

extern const struct port_ops port_pcap __hidden;
extern const struct port_ops port_gen __hidden;
extern const struct port_ops port_tap __hidden;
extern const struct port_ops port_xdp __hidden;

#endif
